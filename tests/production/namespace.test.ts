import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { podEnvironment, portNamed } from './manifests';
import { APP } from './sample';

jest.setTimeout(240_000);

// Other runs on this machine have namespaces of their own.
const RUN = process.pid.toString(36);
const POD = `ts-pod-${RUN}`;
const SCRAPER = `ts-mon-${RUN}`;
const POD_ADDRESS = '10.233.7.2';

/**
 * Two network namespaces with a cable between them: one is the pod's, the other that of whoever scrapes it. Neither can reach anything else.
 */
function lay(): void {
  for (const name of [POD, SCRAPER]) ip('netns', 'add', name);
  ip('link', 'add', `p${RUN}`, 'netns', POD, 'type', 'veth', 'peer', 'name', `m${RUN}`, 'netns', SCRAPER);
  const ends = [
    [POD, `p${RUN}`, POD_ADDRESS],
    [SCRAPER, `m${RUN}`, '10.233.7.1'],
  ] as const;
  for (const [namespace, link, address] of ends) {
    ip('-n', namespace, 'address', 'add', `${address}/30`, 'dev', link);
    for (const each of ['lo', link]) ip('-n', namespace, 'link', 'set', each, 'up');
  }
}

function ip(...parameters: string[]): void {
  execFileSync('ip', parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
}

describeWith(['iproute2', 'root'], 'A pod in a network of its own, with the environment of the Kubernetes manifest', () => {
  const running: ChildProcess[] = [];

  beforeAll(lay);
  afterAll(() => {
    for (const name of [POD, SCRAPER]) spawnSync('ip', ['netns', 'delete', name]);
  });

  afterEach(async () => {
    for (const child of running.splice(0)) {
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
    }
  });

  /** Starts the sample app in the pod; resolves when it answers there. `ip netns exec` becomes the app, so its pid is the app's. */
  async function startApp(env: Readonly<Record<string, string>>): Promise<void> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL|DD|NODE|JEST)_/.test(name));
    const child = spawn('ip', ['netns', 'exec', POD, process.execPath, APP], {
      env: { ...Object.fromEntries(inherited), ...env, OTEL_TRACES_EXPORTER: 'none' },
      stdio: 'ignore',
    });
    running.push(child);
    await eventually('the app is ready', () => ask(POD, '127.0.0.1', 8_080, '/readyz').status === 200, 90_000);
  }

  /** What an HTTP server answers to somebody in this namespace; status 0 if nobody does. */
  function ask(namespace: string, host: string, port: number | undefined, path: string): { status: number; body: string } {
    const program = `
      fetch('http://${host}:${port}${path}', { signal: AbortSignal.timeout(3000) })
        .then(async (response) => ({ status: response.status, body: await response.text() }), () => ({ status: 0, body: '' }))
        .then((answer) => process.stdout.write(JSON.stringify(answer)));`;
    const { stdout } = spawnSync('ip', ['netns', 'exec', namespace, process.execPath, '-e', program], { encoding: 'utf8' });
    return JSON.parse(stdout) as { status: number; body: string };
  }

  it('is scraped from outside, at its address, on the port named metrics', async () => {
    await startApp({ ...podEnvironment(), LOAD_PER_SECOND: '50' });
    const executions = /^tool_executions_total\{tool="search",namespace="shop",status="success"\} [1-9]/m;
    await eventually('calls are counted', () => executions.test(ask(SCRAPER, POD_ADDRESS, portNamed('metrics'), '/metrics').body), 60_000);
    expect(ask(SCRAPER, POD_ADDRESS, portNamed('metrics'), '/healthz').status).toBe(200);
    expect(ask(SCRAPER, POD_ADDRESS, portNamed('http'), '/readyz').status).toBe(200);
  });

  it('cannot be scraped without OTEL_EXPORTER_PROMETHEUS_HOST, though it serves its metrics to itself', async () => {
    const { OTEL_EXPORTER_PROMETHEUS_HOST: host, ...without } = podEnvironment();
    expect(host).toBe('0.0.0.0');
    await startApp(without);
    expect(ask(POD, '127.0.0.1', portNamed('metrics'), '/metrics').status).toBe(200);
    expect(ask(SCRAPER, POD_ADDRESS, portNamed('metrics'), '/metrics').status).toBe(0);
    // It is not the network that keeps it away.
    expect(ask(SCRAPER, POD_ADDRESS, portNamed('http'), '/readyz').status).toBe(200);
  });
});
