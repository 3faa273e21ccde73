import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Alertmanager } from '../support/alertmanager';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { Prometheus } from '../support/prometheus';
import { PRODUCTION } from './dashboard-file';

interface Route {
  group_wait?: string;
  group_interval?: string;
  repeat_interval?: string;
  routes?: Route[];
}

interface Configuration {
  route: Route;
  receivers: { webhook_configs: { url: string }[] }[];
}

/** The receiver that is delivered, with the lines that it printed. */
class Receiver {
  output = '';
  readonly #child: ChildProcess;

  constructor(heartbeatSeconds: number) {
    const env = { ...process.env, PORT: '0', HOST: '127.0.0.1', HEARTBEAT_SECONDS: String(heartbeatSeconds) };
    this.#child = spawn(process.execPath, [join(PRODUCTION, 'alertmanager', 'receiver.mjs')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  /** Waits for a line. */
  async printed(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    return eventually(`the receiver prints ${String(pattern)}, not only\n${this.output}`, () => pattern.exec(this.output), timeoutMs);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** The file that is delivered, but for the address of the receiver and its patience: it waits for nobody else to join an alert. */
function configuration(receiverPort: number): string {
  const delivered = parse(readFileSync(join(PRODUCTION, 'alertmanager', 'alertmanager.yml'), 'utf8')) as Configuration;
  const { route, receivers } = delivered;
  for (const one of [route, ...route.routes!]) Object.assign(one, { group_wait: '0s', group_interval: '1s' });
  for (const one of route.routes!) one.repeat_interval = '1s';
  for (const { url, hook } of receivers.flatMap(({ webhook_configs: hooks }) => hooks.map((hook) => ({ url: hook.url, hook })))) {
    hook.url = url.replace('alert-receiver:8080', `127.0.0.1:${receiverPort}`);
  }
  return stringify(delivered);
}

describeWith(['prometheus', 'prometheus-alertmanager'], 'an alert', () => {
  let receiver: Receiver;
  let alertmanager: Alertmanager;
  let prometheus: Prometheus;
  let app: ChildProgram;
  const state = (): Promise<number | undefined> => prometheus.value('tool_circuit_breaker_state{tool="fetch"}');

  beforeAll(async () => {
    app = ChildProgram.start(join(__dirname, 'programs', 'open-circuit.mjs'));
    receiver = new Receiver(5);
    const [, port] = await receiver.printed(/LISTENING on port (\d+)/);
    alertmanager = await Alertmanager.start(configuration(Number(port)));
    prometheus = await Prometheus.start({
      jobs: { toolspan: { a: await app.reported<number>('port') }, alertmanager: { m: alertmanager.port } },
      // The files that are delivered, as they are.
      ruleFiles: ['recording.yml', 'alerts.yml'].map((name) => join(PRODUCTION, 'prometheus', 'rules', name)),
      alertmanagerPort: alertmanager.port,
      interval: '500ms',
    });
  }, 60_000);

  afterAll(async () => {
    await prometheus?.stop();
    await alertmanager?.stop();
    await receiver?.stop();
    await stopPrograms();
  });

  it('does not come while all is well', async () => {
    await eventually('the closed circuit is seen', async () => (await prometheus.value('job_tool:tool_circuit_breaker_open:max')) === 0);
    const raised = async (): Promise<string[]> =>
      (await prometheus.alerts()).filter(({ state: how }) => how === 'firing').map(({ labels }) => labels['alertname']!);
    await eventually('the heartbeat is raised', async () => (await raised()).length > 0);
    expect(await raised()).toEqual(['ToolspanHeartbeat']);
    expect(receiver.output).not.toContain('FIRING');
  });

  it('of a circuit with default options that opened, and is not called any more, reaches the webhook', async () => {
    app.say('fail');
    expect(await app.reported('opened')).toBe('CIRCUIT_OPEN');
    const [line] = await receiver.printed(/.*ToolspanCircuitOpen.*/);
    expect(line).toMatch(
      / FIRING critical ToolspanCircuitOpen: The circuit of fetch of toolspan is open: its calls are refused\. See RUNBOOK\.md#toolspancircuitopen$/,
    );
  });

  it('stays as long as no call probes the circuit, be it an hour', async () => {
    app.say('let an hour pass');
    await app.reported('hour later');
    const scrapes = async (): Promise<number> => (await prometheus.value('count_over_time(tool_circuit_breaker_state{tool="fetch"}[5m])'))!;
    const before = await scrapes();
    await eventually('it was scraped since', async () => (await scrapes()) >= before + 2);
    expect(await state()).toBe(1);
    expect((await prometheus.alerts()).filter(({ labels }) => labels['alertname'] === 'ToolspanCircuitOpen')).toMatchObject([
      { state: 'firing' },
    ]);
    app.say('try again');
    await app.reported('closed');
    await eventually('it is closed', async () => (await state()) === 0);
  });

  it('is what the heartbeat’s receiver raises when Prometheus is gone', async () => {
    await eventually('it hears the heartbeat', () => !/SILENT(?![\s\S]*HEARD)/.test(receiver.output));
    const heardSoFar = receiver.output.length;
    await prometheus.stop();
    // Alertmanager repeats what it knows until that is too old, which takes minutes: it is ended, too.
    await alertmanager.stop();
    await eventually('it misses the heartbeat', () => receiver.output.slice(heardSoFar).includes('SILENT no heartbeat for 5 s'), 30_000);
  });
});
