import type { Call } from '../../src/core/call.js';
import { CircuitOpenError, RateLimitError } from '../../src/core/errors.js';
import { refusalOf } from '../../src/core/refusals.js';
import { Circuit } from '../../src/policies/circuit/circuit.js';
import { circuitBreaker } from '../../src/policies/circuit/circuit-breaker.js';
import { circuitBreakerDefaults, circuitSettings, type ResolvedCircuitBreaker } from '../../src/policies/circuit/circuit-options.js';
import { createTestClock } from '../../src/testing/test-clock.js';
import { fakeCall, heldNext, laid, recordingObserver, scriptedNext, throwing } from '../support/fake-call.js';

const down = new Error('down');

function guardedTool(options: Partial<ResolvedCircuitBreaker>, ...outcomes: ((call: Call) => unknown)[]) {
  const resolved = { ...circuitBreakerDefaults, failureThreshold: 1, resetTimeout: 1_000, ...options };
  const clock = createTestClock();
  const circuit = new Circuit(circuitSettings(resolved));
  const observer = recordingObserver(clock);
  const onBroken = jest.fn<undefined, [string, unknown, Call]>();
  const stage = laid(circuitBreaker(resolved, { clock, circuit, onBroken }));
  const { next, calls } = scriptedNext(...outcomes);
  const newCall = (args: readonly unknown[] = []): Call => fakeCall(args, { observer });
  const call = async (args: readonly unknown[] = []): Promise<unknown> => stage(next)(newCall(args));
  return { call, calls, circuit, clock, stage, newCall, onBroken, events: observer.events };
}

/** A tool whose circuit has just opened at its first error; what comes next answers with the outcomes. */
async function openTool(options: Partial<ResolvedCircuitBreaker>, ...outcomes: ((call: Call) => unknown)[]) {
  const tool = guardedTool(options, throwing(down), ...outcomes);
  await expect(tool.call()).rejects.toBe(down);
  expect(tool.circuit.state).toBe('OPEN');
  tool.events.length = 0;
  return tool;
}

describe('a tool behind a circuit', () => {
  it('opens after 5 failures for 60 s and closes after 2 successful probes, one at a time, by default', () => {
    expect(circuitBreakerDefaults).toEqual({ failureThreshold: 5, resetTimeout: 60_000, halfOpenMax: 1, successThreshold: 2 });
  });

  it('returns what the method returns and throws what it throws', async () => {
    const value = {};
    const { call } = guardedTool({ failureThreshold: 5 }, () => value, throwing(down));
    expect(await call()).toBe(value);
    await expect(call()).rejects.toBe(down);
  });

  it('is not run while the circuit is open', async () => {
    const { call, calls, clock } = await openTool({});
    await clock.advance(400);
    const refusal: unknown = await call().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CircuitOpenError);
    expect(refusal).toMatchObject({ tool: 'search', namespace: 'web', retryAfterMs: 600 });
    expect(calls).toHaveLength(1);
  });

  it('is tried again after resetTimeout, and closes the circuit by its successes', async () => {
    const { call, circuit, clock } = await openTool({ successThreshold: 2 }, () => 'up');
    await clock.advance(1_000);
    expect(await call()).toBe('up');
    expect(circuit.state).toBe('HALF_OPEN');
    expect(await call()).toBe('up');
    expect(circuit.state).toBe('CLOSED');
  });

  it('opens the circuit again by one failed probe, from the moment the probe failed', async () => {
    const { call, circuit, clock } = await openTool({}, async () => {
      await clock.advance(300);
      throw down;
    });
    await clock.advance(1_000);
    await expect(call()).rejects.toBe(down);
    expect(circuit.state).toBe('OPEN');
    expect([circuit.isOpen(2_299), circuit.isOpen(2_300)]).toEqual([true, false]);
  });

  it('refuses others at once while probes are under way', async () => {
    const { stage, newCall, clock } = await openTool({});
    await clock.advance(1_000);
    const { next, runs } = heldNext();
    const row = stage(next);
    const probe = row(newCall());
    await expect(row(newCall())).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: undefined });
    expect(runs).toHaveLength(1);
    runs[0]!.resolve('up');
    expect(await probe).toBe('up');
  });

  it('does not move the circuit by a call that began in an earlier state', async () => {
    const { stage, newCall, circuit, clock } = guardedTool({ successThreshold: 1 });
    const { next, runs } = heldNext();
    const row = stage(next);
    const results = [row(newCall()), row(newCall())] as Promise<unknown>[];
    runs[0]!.reject(down);
    await expect(results[0]).rejects.toBe(down);
    await clock.advance(1_000);
    const probe = row(newCall());
    runs[1]!.resolve('late');
    expect(await results[1]).toBe('late');
    expect(circuit.state).toBe('HALF_OPEN');
    runs[2]!.resolve('up');
    await probe;
    expect(circuit.state).toBe('CLOSED');
  });

  it('counts what is thrown before there is a promise', async () => {
    const { stage, newCall, circuit } = guardedTool({});
    await expect(stage(throwing(down))(newCall())).rejects.toBe(down);
    expect(circuit.state).toBe('OPEN');
  });
});

describe('the refusal', () => {
  it('carries the last error of a retry loop as its cause', async () => {
    const { stage, newCall } = await openTool({});
    const attempt = newCall().forAttempt(2, down);
    await expect(stage(() => 'up')(attempt)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN', cause: down });
  });

  it('has no cause at the first attempt', async () => {
    const { call } = await openTool({});
    const refusal: unknown = await call().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CircuitOpenError);
    expect('cause' in (refusal as object)).toBe(false);
  });

  it('keeps an undefined cause: a retry loop may have thrown undefined', async () => {
    const { stage, newCall } = await openTool({});
    const refusal: unknown = await stage(() => 'up')(newCall().forAttempt(1, undefined)).catch((error: unknown) => error);
    expect('cause' in (refusal as object)).toBe(true);
  });
});

describe('what a circuit breaker reports', () => {
  it('is the state each attempt meets, and each failure that counted', async () => {
    const { call, events, clock } = guardedTool({ failureThreshold: 2 }, throwing(down), throwing(down), () => 'up');
    await expect(call()).rejects.toBe(down);
    await expect(call()).rejects.toBe(down);
    await expect(call()).rejects.toBeInstanceOf(CircuitOpenError);
    await clock.advance(1_000);
    await call();
    expect(events).toEqual([
      { type: 'circuit_breaker.check', startedAt: 0, state: 'CLOSED', failureCount: 0 },
      { type: 'circuit_breaker.failure' },
      { type: 'circuit_breaker.check', startedAt: 0, state: 'CLOSED', failureCount: 1 },
      { type: 'circuit_breaker.failure' },
      { type: 'circuit_breaker.transition', from: 'CLOSED', to: 'OPEN' },
      { type: 'circuit_breaker.check', startedAt: 0, state: 'OPEN', failureCount: 2 },
      { type: 'circuit_breaker.check', startedAt: 1_000, state: 'HALF_OPEN', failureCount: 2 },
      { type: 'circuit_breaker.transition', from: 'OPEN', to: 'HALF_OPEN' },
    ]);
  });

  it('is no failure for a straggler', async () => {
    const { stage, newCall, events } = guardedTool({});
    const { next, runs } = heldNext();
    const results = [stage(next)(newCall()), stage(next)(newCall())] as Promise<unknown>[];
    for (const run of runs) run.reject(down);
    await expect(Promise.allSettled(results)).resolves.toHaveLength(2);
    expect(events.filter(({ type }) => type === 'circuit_breaker.failure')).toHaveLength(1);
  });
});

describe('no failure', () => {
  const ownRefusal = (call: Call): never => {
    throw refusalOf(call, new RateLimitError({ tool: 'search', namespace: 'web' }, 'tool_limit', 1));
  };
  const aborted = new AbortController();
  aborted.abort();

  const innocent: [string, (call: Call) => unknown, unknown[], Partial<ResolvedCircuitBreaker>][] = [
    ["the call's own refusal", ownRefusal, [], {}],
    ['any error after the caller aborted', throwing(down), [aborted.signal], {}],
    ['an AbortError without a signal', throwing(new DOMException('stopped', 'AbortError')), [], {}],
    ['an error with status 429', throwing(Object.assign(new Error('slow down'), { status: 429 })), [], {}],
    ['an error with statusCode 429', throwing({ statusCode: 429 }), [], {}],
    ['what countIf rejects', throwing(down), [], { countIf: () => false }],
  ];

  it.each(innocent)('is %s: a closed circuit stays closed', async (_what, outcome, args, options) => {
    const { call, circuit, events } = guardedTool(options, outcome);
    await expect(call(args)).rejects.toBeDefined();
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 0 });
    expect(events.map(({ type }) => type)).toEqual(['circuit_breaker.check']);
  });

  it.each(innocent)('is %s: a probe gives its place back and decides nothing', async (_what, outcome, args, options) => {
    const countIf = options.countIf && ((error: unknown) => error !== down);
    const tool = guardedTool({ ...(countIf && { countIf }) }, throwing(new Error('first')), outcome, () => 'up');
    await expect(tool.call()).rejects.toThrow('first');
    await tool.clock.advance(1_000);
    await expect(tool.call(args)).rejects.toBeDefined();
    expect(tool.circuit.state).toBe('HALF_OPEN');
    expect(await tool.call()).toBe('up');
  });
});

describe('a failure', () => {
  const { signal } = new AbortController();
  const foreign = refusalOf(fakeCall(), new RateLimitError({ tool: 'other', namespace: 'web' }, 'tool_limit', 1));

  it.each<[string, unknown, unknown[]]>([
    ['any error', down, []],
    ['no Error at all', undefined, []],
    ['null', null, []],
    ['a string', '429', []],
    ['another status', { status: 500, statusCode: 428 }, []],
    ['a status that only reads like 429', { status: '429' }, []],
    ['the refusal of another tool inside the method', foreign, []],
    ['an AbortError under a signal that did not abort', new DOMException('too slow', 'AbortError'), [signal]],
  ])('is %s', async (_what, thrown, args) => {
    const { call, circuit, onBroken } = guardedTool({}, throwing(thrown));
    await expect(call(args)).rejects.toBe(thrown);
    expect(circuit.state).toBe('OPEN');
    expect(onBroken).not.toHaveBeenCalled();
  });

  it('is what countIf accepts', async () => {
    const countIf = jest.fn(() => true);
    const { call, circuit } = guardedTool({ countIf }, throwing(down));
    await expect(call()).rejects.toBe(down);
    expect(circuit.state).toBe('OPEN');
    expect(countIf.mock.calls).toEqual([[down]]);
  });

  it('is an error where countIf itself throws, and that is said', async () => {
    const broken = new TypeError('no status');
    const { call, calls, circuit, onBroken } = guardedTool({ countIf: throwing(broken) }, throwing(down));
    await expect(call()).rejects.toBe(down);
    expect(circuit.state).toBe('OPEN');
    expect(onBroken.mock.calls).toEqual([['countIf', broken, calls[0]]]);
  });

  it.each(['name', 'status', 'statusCode'])('is an error whose %s cannot be read, thrown on as it is', async (member) => {
    const error = Object.defineProperty(new Error('odd'), member, { get: throwing(new Error('trap')) });
    const { call, circuit } = guardedTool({}, throwing(error));
    await expect(call().catch((thrown: unknown) => thrown === error)).resolves.toBe(true);
    expect(circuit.state).toBe('OPEN');
  });
});
