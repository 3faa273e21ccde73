import { BACKEND_PACKAGES, BareConsumer, OPTIONAL_PACKAGES, type OptionalPackage } from '../support/bare-consumer';
import { ChildProgram, stopPrograms, type ProgramOptions } from '../support/child-program';
import { eventually } from '../support/eventually';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { freePort } from '../support/tcp-servers';
import { XrayEndpoint } from '../support/xray-endpoint';

// AWS X-Ray: ids that begin with the time, the X-Amzn-Trace-Id header, sampling by X-Ray's rules.

let receiver: OtlpReceiver;
const endpoints: XrayEndpoint[] = [];
const consumers: BareConsumer[] = [];

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => Promise.all([receiver, ...endpoints].map((server) => server.close())));
afterAll(() => consumers.forEach((consumer) => consumer.remove()));

interface Inside {
  readonly headers: Readonly<Record<string, string>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

interface Outcome {
  readonly program: ChildProgram;
  readonly inside: Inside;
  readonly spans: ReceivedSpan[];
  readonly warnings: string[];
  readonly stderr: string;
}

async function run(env: Record<string, string>, given: Record<string, unknown> = {}, file = 'backends'): Promise<Outcome> {
  const options: ProgramOptions = { given, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env } };
  const program = await ChildProgram.run(file, options);
  expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
  expect(await program.reported('result')).toBe('Hello world');
  const { warnings } = await program.reported<{ warnings: string[] }>('status');
  return { program, inside: await program.reported('inside'), spans: receiver.spansOf(program), warnings, stderr: program.ending.stderr };
}

async function startEndpoint(...rules: Parameters<typeof XrayEndpoint.start>): Promise<XrayEndpoint> {
  const endpoint = await XrayEndpoint.start(...rules);
  endpoints.push(endpoint);
  return endpoint;
}

const XRAY = { options: { backend: 'xray' } };
// Where the tests are not about sampling, X-Ray is not asked.
const ALL = { OTEL_TRACES_SAMPLER: 'parentbased_always_on' };

/** The time that a trace id of X-Ray's begins with, in milliseconds. */
const timeOf = (traceId: string): number => Number.parseInt(traceId.slice(0, 8), 16) * 1_000;

describe("backend: 'xray'", () => {
  it.concurrent('gives traces ids that begin with the time, and takes the program no more lines', async () => {
    const { spans, inside, stderr } = await run(ALL, XRAY);
    expect(stderr).toBe('');
    expect(spans).toMatchObject([{ name: 'tool.execute', traceId: inside.traceId, resource: { 'service.name': 'vendors' } }]);
    expect(Math.abs(Date.now() - timeOf(inside.traceId))).toBeLessThan(60_000);
  });

  it.concurrent('is switched on by TOOLSPAN_BACKEND=xray as well; a value that nobody knows is a warning', async () => {
    const { inside, stderr } = await run({ ...ALL, TOOLSPAN_BACKEND: 'xray' });
    expect(stderr).toBe('');
    expect(inside.headers).toHaveProperty('x-amzn-trace-id');
    const { warnings, spans } = await run({ TOOLSPAN_BACKEND: 'x-ray' });
    expect(warnings).toEqual(['TOOLSPAN_BACKEND=x-ray is not known, and not used; known are xray, gcp']);
    expect(spans).toHaveLength(1);
  });

  it.concurrent('passes X-Amzn-Trace-Id on from within a tool, beside the headers of W3C', async () => {
    const { inside, spans } = await run(ALL, XRAY);
    const { traceId, spanId } = inside;
    expect(spans).toMatchObject([{ traceId, spanId }]);
    expect(inside.headers).toEqual({
      'x-amzn-trace-id': `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanId};Sampled=1`,
      traceparent: `00-${traceId}-${spanId}-01`,
    });
  });

  it.concurrent.each([
    ['X-Amzn-Trace-Id', { 'X-Amzn-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1' }],
    ['traceparent', { traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01' }],
    [
      'X-Amzn-Trace-Id before traceparent, as services of AWS add to the former',
      {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01',
        'X-Amzn-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      },
    ],
    [
      'traceparent where the load balancer has put a root without a parent',
      {
        traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01',
        'X-Amzn-Trace-Id': 'Root=1-67891233-abcdef012345678912345678',
      },
    ],
  ])('takes the parent from %s', async (_, headers) => {
    const { spans, inside } = await run(ALL, { ...XRAY, headers });
    expect(spans).toMatchObject([{ traceId: '5759e988bd862e3fe1be46a994272793', parentSpanId: '53995c3f42cd8ad8' }]);
    expect(inside.headers['x-amzn-trace-id']).toBe(`Root=1-5759e988-bd862e3fe1be46a994272793;Parent=${inside.spanId};Sampled=1`);
  });

  it.concurrent('does not sample what the caller did not', async () => {
    const headers = { 'X-Amzn-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0' };
    const { spans, inside } = await run({}, { ...XRAY, headers });
    expect(spans).toEqual([]);
    expect(inside.headers['x-amzn-trace-id']).toMatch(/^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};Sampled=0$/);
  });
});

describe('OTEL_PROPAGATORS', () => {
  it.concurrent('may name xray without the backend, beside others', async () => {
    const { inside, stderr } = await run({ OTEL_PROPAGATORS: 'xray,b3' });
    expect(stderr).toBe('');
    expect(Object.keys(inside.headers).sort()).toEqual(['b3', 'x-amzn-trace-id']);
  });

  it.concurrent('comes before what the backend brings', async () => {
    const { inside, stderr } = await run({ ...ALL, OTEL_PROPAGATORS: 'tracecontext' }, XRAY);
    expect(stderr).toBe('');
    expect(Object.keys(inside.headers)).toEqual(['traceparent']);
  });

  it.concurrent('that nobody knows is a warning', async () => {
    const { warnings, inside } = await run({ OTEL_PROPAGATORS: 'tracecontext,x-ray' });
    expect(warnings).toEqual([expect.stringMatching(/^OTEL_PROPAGATORS: x-ray is not known.*known are tracecontext, .*xray, none$/)]);
    expect(Object.keys(inside.headers)).toEqual(['traceparent']);
  });
});

describe('The rules of X-Ray', () => {
  /** Calls until the rules have come: before that the sampler takes one trace a second. */
  const manyCalls = (env: Record<string, string>, given: Record<string, unknown>): ChildProgram =>
    ChildProgram.start('backends', {
      given: { calls: 1_000, between: true, ...given },
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...env },
    });

  it.concurrent.each([
    ["backend: 'xray'", {}, XRAY],
    ['OTEL_TRACES_SAMPLER=xray alone', { OTEL_TRACES_SAMPLER: 'xray' }, {}],
  ])('decide what is sampled, with %s', async (_, env, given) => {
    const endpoint = await startEndpoint([
      { service: 'none-of-it', rate: 0 },
      { service: 'vendors', rate: 1 },
    ]);
    const argument = { ...env, OTEL_TRACES_SAMPLER_ARG: `endpoint=${endpoint.url}/,polling_interval=60` };
    const [all, none] = [manyCalls(argument, given), manyCalls({ ...argument, OTEL_SERVICE_NAME: 'none-of-it' }, given)];
    await eventually('both have the rules', () => endpoint.answered === 2, 40_000);
    const call = async (times: number): Promise<void> => {
      for (const program of [all, none]) {
        program.say('again');
        await program.reportedTimes('flushed', times);
      }
    };
    await call(2); // what has come before this call has been read after it
    const before = [all, none].map((program) => receiver.spansOf(program).length);
    for (let times = 3; times <= 7; times += 1) await call(times);
    expect([all, none].map((program) => receiver.spansOf(program).length)).toEqual([before[0]! + 5, before[1]!]);
    for (const program of [all, none]) {
      expect(await program.reported('status')).toMatchObject({ warnings: [] });
      program.signal('SIGTERM');
      await program.ended;
      expect(program.stderr).toBe('');
    }
  });

  it.concurrent('hear how much was sampled', async () => {
    const endpoint = await startEndpoint([{ service: 'vendors', rate: 1 }]);
    const program = manyCalls({ OTEL_TRACES_SAMPLER_ARG: `endpoint=${endpoint.url}` }, XRAY);
    const counted = await eventually(
      'the sampler tells its counts',
      () => {
        program.say('again');
        return endpoint.requests.find(({ path, body }) => path === 'POST /SamplingTargets' && JSON.stringify(body).includes('rule 0'));
      },
      50_000,
    );
    const { SamplingStatisticsDocuments: documents } = counted.body as { SamplingStatisticsDocuments: Record<string, unknown>[] };
    const counts = documents.find(({ RuleName }) => RuleName === 'rule 0')!;
    expect(counts['ClientID']).toMatch(/^[0-9a-f]{24}$/);
    expect(counts['RequestCount']).toBeGreaterThan(0);
    expect(counts['SampledCount']).toBe(counts['RequestCount']);
    program.signal('SIGTERM');
    await program.ended;
  });

  it.concurrent('that cannot be had are said, once, and what is sampled meanwhile', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const { program } = await run({ OTEL_TRACES_SAMPLER: 'xray', OTEL_TRACES_SAMPLER_ARG: `endpoint=${endpoint}` });
    expect(program.stderr).toMatch(
      /^\[toolspan\] the X-Ray sampler gets no rules from http:\S+ \(ECONNREFUSED\): .*one trace a second.*\n$/,
    );
  });

  it.concurrent('do not hold the process: not when nobody answers, nor after a shutdown', async () => {
    const silent = await startEndpoint();
    const { program } = await run({ OTEL_TRACES_SAMPLER_ARG: `endpoint=${silent.url}` }, XRAY);
    expect(program.ending!.endedAt - (await program.reportedAt('faults'))).toBeLessThan(3_000);
    expect(silent.requests.map(({ path }) => path)).toEqual(['POST /GetSamplingRules']);
    const again = await run({ OTEL_TRACES_SAMPLER_ARG: `endpoint=${silent.url}` }, { ...XRAY, shutsDown: true });
    expect(again.program.ending!.endedAt - (await again.program.reportedAt('faults'))).toBeLessThan(3_000);
  });
});

describe('An application with parts of its own', () => {
  async function runOwn(given: Record<string, boolean>): Promise<Record<'first' | 'second' | 'headers' | 'after', unknown>> {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl, ...(given['own'] ? {} : ALL) };
    const program = await ChildProgram.run('backends-own', { given, env });
    expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
    const [first, second, headers, after] = ['first', 'second', 'headers', 'fields after shutdown'].map((name) => program.reported(name));
    return { first: await first, second: await second, headers: await headers, after: await after };
  }

  it.concurrent('keeps the id generator, the sampler and the propagator that it gives', async () => {
    const { first, headers } = await runOwn({ own: true });
    expect(first).toEqual([]);
    expect(headers).toEqual({ traceparent: `00-${'f'.repeat(32)}-${'e'.repeat(16)}-01` });
  });

  it.concurrent('keeps the propagator that it has registered, and hears what that means', async () => {
    const { first, headers, after } = await runOwn({ propagator: true });
    expect(first).toEqual([
      expect.stringContaining('backend xray: X-Amzn-Trace-Id is neither read nor passed on: the application has registered'),
    ]);
    expect(Object.keys(headers as object)).toEqual(['traceparent']);
    expect(after).toEqual(['traceparent', 'tracestate']);
  });

  it.concurrent('keeps its TracerProvider, and hears that the backend is not used', async () => {
    const { first } = await runOwn({ provider: true });
    expect(first).toEqual(['backend xray is not used: the application has registered a TracerProvider of its own']);
  });

  it.concurrent('hears of a second backend that it is not used; a shutdown takes the propagator of the first away', async () => {
    const { first, second, headers, after } = await runOwn({});
    expect([first, second]).toEqual([[], ['backend gcp is not used: tracing is on already, without it']]);
    expect(Object.keys(headers as object)).toContain('x-amzn-trace-id');
    expect(after).toEqual([]);
  });
});

const CORE = [...OPTIONAL_PACKAGES];
const [IDS, PROPAGATOR, SAMPLER] = BACKEND_PACKAGES;

describe('Without a package of X-Ray’s', () => {
  function inConsumer(installed: readonly OptionalPackage[]): string {
    const consumer = new BareConsumer([...CORE, ...installed]);
    consumers.push(consumer);
    return consumer.add('backends');
  }

  it.concurrent('tracing goes on, and one warning names what is missing, what goes without it, and the command that cures it', async () => {
    const { warnings, spans, stderr } = await run({}, XRAY, inConsumer([]));
    expect(warnings).toEqual([expect.stringContaining(`npm install ${IDS} ${PROPAGATOR} ${SAMPLER}. Without it trace ids `)]);
    expect(warnings[0]).toMatch(/X-Amzn-Trace-Id is neither read nor passed on; every trace is sampled$/);
    expect(stderr).toBe(`[toolspan] ${warnings[0]}\n`);
    expect(spans).toHaveLength(1);
  });

  it.concurrent('OTEL_TRACES_SAMPLER=xray says that every trace is sampled, and how to have it otherwise', async () => {
    const { warnings, spans } = await run({ OTEL_TRACES_SAMPLER: 'xray' }, {}, inConsumer([]));
    expect(warnings).toEqual([
      `OTEL_TRACES_SAMPLER=xray: ${SAMPLER} is not installed; npm install ${SAMPLER}. Without it every trace is sampled`,
    ]);
    expect(spans).toHaveLength(1);
  });

  it.concurrent('nothing is missed where the program or the environment asks for something else', async () => {
    const { warnings } = await run(ALL, XRAY, inConsumer([IDS, PROPAGATOR]));
    expect(warnings).toEqual([]);
  });
});
