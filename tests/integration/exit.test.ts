import { ChildProgram, stopPrograms, type Ending } from '../support/child-program';
import { eventually } from '../support/eventually';
import { OtlpReceiver } from '../support/otlp-receiver';
import { freePort, startSilentServer, type SilentServer } from '../support/tcp-servers';

// What an exit may take: 5 s by contract, and a second for a busy machine.
const EXIT_LIMIT_MS = 6_000;
const AT_ONCE_MS = 1_500;

let receiver: OtlpReceiver;
let silent: SilentServer;
let refusing: string;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  silent = await startSilentServer();
  refusing = `http://127.0.0.1:${await freePort()}`;
});

afterAll(stopPrograms);
afterAll(() => silent.close());
afterAll(() => receiver.close());

/** A program that makes spans. Left to itself its processor would wait a minute: what arrives was flushed. */
function start(given: Record<string, unknown>, endpoint = receiver.grpcUrl, env: Record<string, string> = {}): ChildProgram {
  return ChildProgram.start('make-spans', {
    given,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '60000', ...env },
  });
}

/** Starts a program that stays, and signals it as soon as its work is done. */
async function startAndSignal(signal: NodeJS.Signals, given: Record<string, unknown>, endpoint?: string): Promise<[ChildProgram, number]> {
  const program = start({ stays: true, ...given }, endpoint);
  await program.reported('done');
  return [program, program.signal(signal)];
}

describe('A natural exit', () => {
  it('delivers what was recorded and keeps its exit code', async () => {
    const program = start({ spans: 7, exitCode: 3 });
    expect(await program.ended).toMatchObject({ code: 3, signal: null, stdout: '', stderr: '' });
    expect(receiver.spansOf(program)).toHaveLength(7);
  });

  it('delivers 2,000 waiting spans, which are more than one batch', async () => {
    const program = start({ spans: 2_000 });
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.spansOf(program)).toHaveLength(2_000);
  });

  it('does not wait where nothing was recorded', async () => {
    const program = start({ spans: 0 }, silent.url);
    const { endedAt } = await program.ended;
    expect(endedAt - (await program.reportedAt('done'))).toBeLessThan(AT_ONCE_MS);
  });
});

describe('process.exit()', () => {
  it('is not held up, and keeps its code', async () => {
    const program = start({ exitsWith: 4 }, silent.url);
    const ending = await program.ended;
    expect(ending).toMatchObject({ code: 4, signal: null });
    expect(ending.endedAt - (await program.reportedAt('done'))).toBeLessThan(AT_ONCE_MS);
  });
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('delivers what was recorded, and the process ends by that signal', async () => {
    const [program] = await startAndSignal(signal, { spans: 2_000 });
    expect(await program.ended).toMatchObject({ code: null, signal, stdout: '', stderr: '' });
    expect(receiver.spansOf(program)).toHaveLength(2_000);
  });
});

describe('SIGTERM', () => {
  it('lets a call under way end, and delivers its span', async () => {
    const [program] = await startAndSignal('SIGTERM', { spans: 0, slowCallMs: 800 });
    expect(await program.ended).toMatchObject({ signal: 'SIGTERM' });
    expect(receiver.spansOf(program).map(({ attributes }) => attributes['tool.name'])).toEqual(['slow']);
  });

  it.each(['on', 'once'])('only flushes where the application has a handler of its own, set with process.%s', async (ownHandler) => {
    const [program] = await startAndSignal('SIGTERM', { spans: 7, ownHandler });
    await program.reported('handled');
    await eventually('the spans arrive', () => receiver.spansOf(program).length === 7);
    expect(program.ending).toBeUndefined();
    program.signal('SIGKILL');
    expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  it('ends the process at once when it comes a second time', async () => {
    const before = silent.connections;
    const [program] = await startAndSignal('SIGTERM', {}, silent.url);
    await eventually('the flush is under way', () => silent.connections > before);
    const signalledAt = program.signal('SIGTERM');
    const { signal, endedAt } = await program.ended;
    expect(signal).toBe('SIGTERM');
    expect(endedAt - signalledAt).toBeLessThan(AT_ONCE_MS);
  });

  it("ends the process at once when it comes again after the application's handler, set with process.once, is gone", async () => {
    const before = silent.connections;
    const [program] = await startAndSignal('SIGTERM', { ownHandler: 'once' }, silent.url);
    await program.reported('handled');
    await eventually('the flush is under way', () => silent.connections > before);
    const signalledAt = program.signal('SIGTERM');
    const { signal, endedAt } = await program.ended;
    expect(signal).toBe('SIGTERM');
    expect(endedAt - signalledAt).toBeLessThan(AT_ONCE_MS);
  });
});

describe('handleSignals: false', () => {
  const options = { handleSignals: false };

  it('adds no listener to the process, and a natural exit delivers nothing', async () => {
    const program = start({ options });
    const listeners = await program.reported<{ before: number[]; after: number[] }>('listeners');
    expect(listeners.after).toEqual(listeners.before);
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.spansOf(program)).toEqual([]);
  });

  it('lets a signal end the process as ever', async () => {
    const [program, signalledAt] = await startAndSignal('SIGTERM', { options });
    const { signal, endedAt } = await program.ended;
    expect(signal).toBe('SIGTERM');
    expect(endedAt - signalledAt).toBeLessThan(AT_ONCE_MS);
    expect(receiver.spansOf(program)).toEqual([]);
  });
});

describe('Where the collector refuses', () => {
  it('a natural exit comes in time, with its exit code and a warning', async () => {
    const program = start({ exitCode: 3 }, refusing);
    const ending = await program.ended;
    expect(ending).toMatchObject({ code: 3, signal: null, stdout: '' });
    expect(ending.stderr).toMatch(/^\[toolspan\] Failed to export traces: .*ECONNREFUSED.*is a collector listening/);
    expect(ending.endedAt - (await program.reportedAt('done'))).toBeLessThan(EXIT_LIMIT_MS);
  });

  it('SIGTERM ends the process in time, by that signal', async () => {
    const [program, signalledAt] = await startAndSignal('SIGTERM', {}, refusing);
    const { signal, endedAt } = await program.ended;
    expect(signal).toBe('SIGTERM');
    expect(endedAt - signalledAt).toBeLessThan(EXIT_LIMIT_MS);
  });
});

// Each of these waits for seconds: they do so together.
describe('Where the collector accepts and never answers', () => {
  let endings: Record<'natural' | 'signal' | 'inFlight' | 'inFlightOverHttp', Promise<{ ending: Ending; tookMs: number }>>;

  async function naturally(given: Record<string, unknown>, env?: Record<string, string>): Promise<{ ending: Ending; tookMs: number }> {
    const program = start({ exitCode: 3, ...given }, silent.url, env);
    const ending = await program.ended;
    return { ending, tookMs: ending.endedAt - (await program.reportedAt('done')) };
  }

  async function bySignal(): Promise<{ ending: Ending; tookMs: number }> {
    const [program, signalledAt] = await startAndSignal('SIGTERM', {}, silent.url);
    const ending = await program.ended;
    return { ending, tookMs: ending.endedAt - signalledAt };
  }

  beforeAll(() => {
    const exporting = { OTEL_BSP_SCHEDULE_DELAY: '50' };
    endings = {
      natural: naturally({}),
      signal: bySignal(),
      inFlight: naturally({ pauseMs: 400 }, exporting),
      inFlightOverHttp: naturally({ pauseMs: 400 }, { ...exporting, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }),
    };
  });

  it.each([
    ['a natural exit', 'natural'],
    ['a natural exit during an export that was under way already', 'inFlight'],
    ['a natural exit during an export over HTTP that was under way already', 'inFlightOverHttp'],
  ] as const)('%s comes in time, with its exit code', async (_, which) => {
    const { ending, tookMs } = await endings[which];
    expect(ending).toMatchObject({ code: 3, signal: null, stdout: '' });
    expect(tookMs).toBeLessThan(EXIT_LIMIT_MS);
  });

  it('SIGTERM ends the process in time, by that signal', async () => {
    const { ending, tookMs } = await endings.signal;
    expect(ending).toMatchObject({ code: null, signal: 'SIGTERM', stdout: '' });
    expect(tookMs).toBeLessThan(EXIT_LIMIT_MS);
  });

  it('calls are not slowed down', async () => {
    const program = start({ rounds: 40, stays: true }, silent.url, { OTEL_BSP_SCHEDULE_DELAY: '50' });
    const roundsMs = await program.reported<number[]>('rounds');
    // Of 100 calls each; exports to the silent collector begin with the third.
    expect(median(roundsMs)).toBeLessThan(20);
    expect(Math.max(...roundsMs)).toBeLessThan(500);
    program.signal('SIGKILL');
  });
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)]!;
}
