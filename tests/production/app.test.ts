import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { stopPrograms } from '../support/child-program';
import { eventually } from '../support/eventually';
import { OtlpReceiver } from '../support/otlp-receiver';
import { environmentOf } from './compose-file';
import { container, podEnvironment } from './manifests';
import { RunningApp } from './running-app';
import { APP } from './sample';

jest.setTimeout(120_000);

let receiver: OtlpReceiver;
let collecting: Record<string, string>;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  collecting = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl };
});

afterAll(stopPrograms);
afterAll(() => receiver.close());

const HEALTHY = join(dirname(APP), 'healthy.js');

describe('The sample app, with the environment of the compose file', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await RunningApp.start({ ...environmentOf('app'), ...collecting, LOAD_PER_SECOND: '0' });
  });

  it.each([
    ['GET', '/healthz', 200],
    ['GET', '/readyz', 200],
    ['GET', '/search?word=tea', 200],
    ['GET', '/price?article=7', 200],
    ['POST', '/pay?order=50', 200],
    ['POST', '/pay?order=3', 502], // declined
    ['POST', '/notify?customer=1', 200],
    ['GET', '/price?article=cheap', 400],
    ['GET', '/nothing', 404],
    ['GET', '/pay', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect(await app.status(path, method)).toBe(status);
  });

  it('tells callers that are refused when to come back: 429 over the limit, 503 while the circuit is open', async () => {
    const limited = await Promise.all(Array.from({ length: 12 }, () => fetch(`${app.url}/notify`, { method: 'POST' })));
    const over = limited.filter(({ status }) => status === 429);
    expect(over.length).toBeGreaterThan(0);
    expect(Number(over[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    for (let declined = 0; declined < 5; declined += 1) await app.status('/pay?order=3', 'POST');
    expect(await app.status('/pay?order=50', 'POST')).toBe(503);
  });

  it('shows at once in its metrics what it did', async () => {
    const metrics = await app.metrics();
    expect(metrics).toContain('tool_executions_total{tool="search",namespace="shop",status="success"} 1');
    expect(metrics).toContain('tool_circuit_breaker_state{tool="pay"} 1');
    expect(metrics).toMatch(/tool_rate_limit_checks_total\{tool="notify",allowed="false"\} [1-9]/);
  });

  it('is well by the health check of its image, and is not when nobody answers', () => {
    const check = (port: string): number | null => spawnSync(process.execPath, [HEALTHY], { env: { ...process.env, PORT: port } }).status;
    expect(check(app.env['PORT']!)).toBe(0);
    expect(check('1')).toBe(1);
  });

  it('makes calls by itself when told to, as many as it is told, and stops', async () => {
    await fetch(`${app.url}/load?perSecond=200`, { method: 'PUT' });
    const tally = async (): Promise<{ made: number; underWay: number; unexpected: number; perSecond: number }> =>
      (await fetch(`${app.url}/load`)).json() as never;
    await eventually('calls are made', async () => (await tally()).made > 100);
    await fetch(`${app.url}/load?perSecond=0`, { method: 'PUT' });
    await eventually('they have ended', async () => (await tally()).underWay === 0);
    expect(await tally()).toMatchObject({ perSecond: 0, unexpected: 0 });
    expect(await app.status('/load?perSecond=many', 'PUT')).toBe(400);
  });

  it('has its upstream fail when told to', async () => {
    await fetch(`${app.url}/weather?errorRate=1`, { method: 'PUT' });
    expect(await app.status('/price?article=1')).toBe(502);
    await fetch(`${app.url}/weather?errorRate=0`, { method: 'PUT' });
    expect(await app.status('/price?article=1')).toBe(200);
  });

  it('at SIGTERM answers the request under way, delivers its spans, and ends with status 0, without a word', async () => {
    await fetch(`${app.url}/weather?latencyMs=700`, { method: 'PUT' });
    const answered = fetch(`${app.url}/search?word=slow`);
    await eventually('the call is under way', async () =>
      /tool_calls_in_flight\{tool="search",namespace="shop"\} 1/.test(await app.metrics()),
    );
    app.program.signal('SIGTERM');
    expect((await answered).status).toBe(200);
    expect(await app.program.ended).toMatchObject({ code: 0, signal: null, stderr: '', stdout: '' });
    const searches = receiver.spansOf(app.program).filter(({ attributes }) => attributes['gen_ai.tool.name'] === 'search');
    expect(searches.length).toBeGreaterThanOrEqual(2);
    expect(searches.at(-1)!.resource).toMatchObject({ 'service.name': 'toolspan-sample', 'deployment.environment.name': 'compose' });
  });
});

describe('The sample app, with the environment of the Kubernetes manifest', () => {
  let app: RunningApp;

  beforeAll(async () => {
    const everyTrace = { OTEL_TRACES_SAMPLER_ARG: '1' };
    app = await RunningApp.start({ ...podEnvironment(), ...everyTrace, ...collecting });
  });

  it('is well by every probe, and serves its metrics where the PodMonitor looks', async () => {
    const { livenessProbe, readinessProbe, startupProbe } = container();
    for (const probe of [livenessProbe, readinessProbe, startupProbe]) expect(await app.status(probe!.httpGet!.path!)).toBe(200);
    expect(await app.metrics()).toContain('# TYPE tool_executions_total counter');
  });

  it('tells by the downward API where its spans come from', async () => {
    await app.status('/search?word=pod');
    app.program.signal('SIGTERM');
    expect((await app.program.ended).code).toBe(0);
    const [span] = receiver.spansOf(app.program);
    expect(span!.resource).toMatchObject({
      'service.name': 'toolspan-sample',
      'service.version': '0.1.0',
      'service.instance.id': 'toolspan-sample-5c9d7b6f4-x2x7p',
      'deployment.environment.name': 'production',
      'k8s.namespace.name': 'tools',
      'k8s.pod.name': 'toolspan-sample-5c9d7b6f4-x2x7p',
      'k8s.pod.uid': '0b9a7c1e-6f0e-4a39-9a1b-1f6f3f0f8a11',
      'k8s.node.name': 'node-7',
      'k8s.container.name': 'app',
    });
  });
});

describe('The sample app where it cannot start as it should', () => {
  it('says which variable it cannot use, and ends with status 1', async () => {
    const { program } = await RunningApp.start({ ...collecting, LOAD_PER_SECOND: 'many' });
    expect(await program.ended).toMatchObject({ code: 1, stderr: 'Error: LOAD_PER_SECOND=many is not a number from 0\n' });
  });
});
