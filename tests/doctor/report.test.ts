import { examine } from '../../src/doctor/doctor.js';
import { SECTIONS, type Report } from '../../src/doctor/report.js';
import { textOf } from '../../src/doctor/text.js';
import { VERSION } from '../../src/version.js';
import { failure, found, installed, surroundings } from './hand-made';

const REPORT: Report = {
  ok: false,
  toolspan: '0.1.0',
  node: 'v20.20.2',
  checks: [
    { id: 'service.name', section: 'service', status: 'ok', title: 'service name', value: 'shop', source: 'OTEL_SERVICE_NAME' },
    {
      id: 'traces.sampler',
      section: 'traces',
      status: 'warning',
      title: 'sampler',
      value: 'xray',
      source: 'OTEL_TRACES_SAMPLER',
      detail: 'not known',
    },
    { id: 'traces.endpoint', section: 'traces', status: 'ok', title: 'endpoint', value: 'http://localhost:4317', source: 'default' },
    {
      id: 'connection.connect',
      section: 'connection',
      status: 'problem',
      title: 'connection',
      detail: 'nobody listens',
      cure: 'start a collector',
    },
    { id: 'connection.send', section: 'connection', status: 'skipped', title: 'test span', detail: 'the way there is not open' },
  ],
};

test('a report is read in sections, each line with its mark, its value and where that comes from', () => {
  expect(textOf(REPORT, false)).toBe(`toolspan 0.1.0 doctor, Node v20.20.2

Service
  ✓ service name  shop (OTEL_SERVICE_NAME)

Traces
  ! sampler   xray (OTEL_TRACES_SAMPLER)
      not known
  ✓ endpoint  http://localhost:4317 (default)

Connection
  ✗ connection
      nobody listens
      → start a collector
  - test span
      the way there is not open

1 problem, 1 warning. This is what the environment says; options given in code come before most of it, and are not seen from here.
`);
});

test('colours are added to it, and nothing else', () => {
  const coloured = textOf(REPORT, true);
  // eslint-disable-next-line no-control-regex -- colours are control characters
  const colours = /\u001B\[\d+m/g;
  expect(coloured.match(colours)!.length).toBeGreaterThan(10);
  expect(coloured.replace(colours, '')).toBe(textOf(REPORT, false));
});

test('a report has the shape that is documented', async () => {
  const report = await examine(surroundings());
  expect(Object.keys(report)).toEqual(['ok', 'toolspan', 'node', 'checks']);
  expect(report).toMatchObject({ ok: true, toolspan: VERSION, node: 'v20.20.2' });
  for (const check of report.checks) {
    const { id, section, status, title, ...rest } = check;
    expect([id, title]).toEqual([expect.stringMatching(/^\w+\.\S+$/), expect.stringMatching(/\S/)]);
    expect(id.startsWith(`${section}.`)).toBe(true);
    expect(Object.keys(SECTIONS)).toContain(section);
    expect(['ok', 'warning', 'problem', 'skipped']).toContain(status);
    expect(Object.keys(rest).filter((key) => !['detail', 'value', 'source', 'cure'].includes(key))).toEqual([]);
    expect(Object.values(rest).filter((text) => typeof text !== 'string' || text === '')).toEqual([]);
  }
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('what is looked at, where everything is fine', async () => {
  const { checks } = await examine(surroundings({ env: { OTEL_SERVICE_NAME: 'shop' } }));
  expect(checks.map(({ id, status }) => `${status} ${id}`)).toEqual([
    'ok toolspan.node',
    'ok toolspan.version',
    'ok packages.@opentelemetry/api',
    'ok packages.@opentelemetry/sdk-node',
    'ok packages.@opentelemetry/exporter-trace-otlp-grpc',
    'ok packages.prom-client',
    'ok packages.api-fits',
    'ok service.name',
    'ok service.attributes',
    'ok traces.exporter',
    'ok traces.protocol',
    'ok traces.endpoint',
    'ok traces.headers',
    'ok traces.compression',
    'ok traces.timeout',
    'ok traces.sampler',
    'ok traces.propagators',
    'ok traces.batches',
    'ok connection.resolve',
    'ok connection.connect',
    'ok connection.send',
    'ok metrics.port',
    'ok metrics.host',
    'ok metrics.listen',
    'ok environment.names',
  ]);
});

test('warnings are fine, problems are not; ids are unique', async () => {
  const warned = await examine(surroundings({ env: { OTEL_TRACES_SAMPLER: 'jaeger_remote' } }));
  expect(warned.ok).toBe(true);
  const broken = await examine(surroundings({ installed: installed([]) }));
  expect(broken.ok).toBe(false);
  const everything = { OTEL_TRACES_EXPORTER: 'otlp,zipkin,console', OTEL_SERVICE_NAM: 'x', DD_ENV: 'y' };
  const ids = (await examine(surroundings({ env: everything }))).checks.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a problem always comes with a cure', async () => {
  const network = { connect: () => Promise.reject(failure('ECONNREFUSED')), listen: () => Promise.reject(failure('EACCES')) };
  const { checks } = await examine(surroundings({ network, installed: installed([]), env: { OTEL_TRACES_EXPORTER: 'otlp,jaeger' } }));
  const problems = checks.filter(({ status }) => status === 'problem');
  expect(problems.length).toBeGreaterThan(4);
  expect(problems.filter(({ cure }) => !cure)).toEqual([]);
});

test('no secret is said, whoever says it', async () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:pa55word@collector:4318/v1',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20t0ken-1,t0ken-2',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'api-key=t0ken-3',
  };
  const error = { code: 13, message: 'Bearer t0ken-1, t0ken-3, http://user:pa55word@collector' };
  const sendSpan = () => Promise.resolve({ ms: 1, error, remarks: [] });
  const report = await examine(surroundings({ env, sendSpan }));
  expect(found(report.checks, 'traces.headers').value).toBe('authorization');
  expect(found(report.checks, 'traces.endpoint').value).toBe('http://***@collector:4318/v1');
  expect(`${JSON.stringify(report)}${textOf(report, false)}`).not.toMatch(/t0ken|pa55word/);
});

test('a header whose value is a plain word does not blot out what we say ourselves', async () => {
  const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_HEADERS: 'dataset=traces' };
  expect(found((await examine(surroundings({ env }))).checks, 'traces.endpoint').value).toBe('http://localhost:4318/v1/traces');
});

test('one examination that breaks leaves the others', async () => {
  const sendSpan = () => Promise.reject(new Error('broken'));
  const report = await examine(surroundings({ sendSpan }));
  expect(found(report.checks, 'connection.examination')).toMatchObject({
    status: 'problem',
    detail: 'the doctor could not look at this (broken)',
  });
  expect(found(report.checks, 'metrics.listen').status).toBe('ok');
});
