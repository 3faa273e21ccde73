import * as fc from 'fast-check';
import { Circuit, type OpenReason, type Permit } from '../../src/policies/circuit/circuit.js';
import type { CircuitSettings } from '../../src/policies/circuit/circuit-options.js';

type Outcome = 'succeeded' | 'failed' | 'ignored';
type ByHand = 'open' | 'close' | 'reset';
type Step =
  | { readonly do: 'enter' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: Outcome; readonly pick: number; readonly slow: boolean }
  | { readonly do: ByHand };

const RESET = 100;

const enter = fc.constant<Step>({ do: 'enter' });
const pass = fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 7, 40, 99, 100, 101, 250) });
const end = fc.record({
  do: fc.constantFrom<Outcome>('succeeded', 'succeeded', 'failed', 'failed', 'failed', 'ignored'),
  pick: fc.nat(20),
  slow: fc.boolean(),
});
const byHand = fc.record({ do: fc.constantFrom<ByHand>('open', 'close', 'reset') });
/** Calls that come and go, in any order. */
const loose = fc.oneof(
  { weight: 20, arbitrary: enter },
  { weight: 10, arbitrary: pass },
  { weight: 20, arbitrary: end },
  { weight: 1, arbitrary: byHand },
);
/** Attempts one after the other, so that windows fill up. */
const attempts = fc.array(end, { minLength: 1, maxLength: 6 }).map((ends) => ends.flatMap((one): Step[] => [{ do: 'enter' }, one]));
const anySteps = fc
  .array(
    fc.oneof(
      loose.map((step): Step[] => [step]),
      attempts,
    ),
    { minLength: 10, maxLength: 100 },
  )
  .map((runs) => runs.flat());

const small = fc.integer({ min: 1, max: 3 });
const maybe = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(some, { nil: undefined, freq: 3 });
const anySettings: fc.Arbitrary<CircuitSettings> = fc.record({
  failureThreshold: fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined, freq: 2 }),
  resetTimeout: fc.constant(RESET),
  maxResetTimeout: maybe(fc.constantFrom(RESET, 150, 400, 100_000)),
  halfOpenMax: small,
  successThreshold: small,
  failureRate: maybe(fc.constantFrom(0.2, 0.5, 0.6, 1)),
  slowCallRate: maybe(fc.constantFrom(0.3, 0.5, 1)),
  window: fc.oneof(fc.record({ calls: fc.integer({ min: 1, max: 8 }) }), fc.record({ ms: fc.constantFrom(50, 150, 1_000) })),
  minimumCalls: fc.integer({ min: 1, max: 6 }),
});

/** An attempt under way, as the model knows it: `stay` counts the states there were. */
interface Attempt {
  readonly permit: Permit;
  readonly stay: number;
  readonly since: number;
}

interface Watched {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

/** A circuit in the words of the contract and the issue, with plain lists. */
class Model {
  state = 'CLOSED';
  stay = 0;
  failures = 0;
  successes = 0;
  openedAt = 0;
  /** How long it stays open this time. */
  openFor = 0;
  reason: OpenReason = 'failures';
  watched: Watched[] = [];
  underWay: Attempt[] = [];

  constructor(
    readonly settings: CircuitSettings,
    readonly onMove: (move: string) => void,
  ) {}

  liveProbes(now: number): number {
    const live = this.underWay.filter(({ stay, since }) => stay === this.stay && now - since < RESET);
    return this.state === 'HALF_OPEN' ? live.length : 0;
  }

  /** Milliseconds until a probe may pass. */
  wait(now: number): number {
    return this.reason === 'by_hand' ? Infinity : this.openedAt + this.openFor - now;
  }

  /** What a refusal says. */
  retryAfter(now: number): number | undefined {
    return this.state === 'OPEN' && this.reason !== 'by_hand' ? this.wait(now) : undefined;
  }

  isOpen(now: number): boolean {
    return this.state === 'OPEN' && this.wait(now) > 0;
  }

  admits(now: number): boolean {
    if (this.state === 'OPEN' && this.wait(now) <= 0) this.#move('HALF_OPEN');
    return this.state === 'CLOSED' || (this.state === 'HALF_OPEN' && this.liveProbes(now) < this.settings.halfOpenMax);
  }

  ends(attempt: Attempt, outcome: Outcome, slow: boolean, now: number): void {
    this.underWay = this.underWay.filter((other) => other !== attempt);
    if (attempt.stay !== this.stay || outcome === 'ignored') return;
    const failed = outcome === 'failed';
    this.failures = failed ? this.failures + 1 : 0;
    if (this.state === 'HALF_OPEN') this.#probed(!failed && !slow, now);
    else this.#watch(failed, slow, now);
  }

  #watch(failed: boolean, slow: boolean, now: number): void {
    const { failureThreshold = Infinity, failureRate = Infinity, slowCallRate = Infinity } = this.settings;
    if (this.failures >= failureThreshold) return this.#open('failures', now);
    this.watched.push({ at: now, failed, slow });
    if (this.#share(now, ({ failed: one }) => one) >= failureRate) this.#open('failure_rate', now);
    else if (this.#share(now, ({ slow: one }) => one) >= slowCallRate) this.#open('slow_calls', now);
  }

  byHand(what: ByHand, now: number): void {
    if (what === 'open' && this.state !== 'OPEN') this.#open('by_hand', now);
    if (what === 'open') this.reason = 'by_hand';
    else if (this.state !== 'CLOSED') this.#close();
    if (what !== 'reset') return;
    this.failures = 0;
    this.watched = [];
    this.stay += 1;
  }

  #probed(isWell: boolean, now: number): void {
    if (!isWell) return this.#open('probe', now);
    this.successes += 1;
    if (this.successes === this.settings.successThreshold) this.#close();
  }

  /** The share of a kind in the window, below every rate where there are too few. */
  #share(now: number, is: (attempt: Watched) => boolean): number {
    const window = this.settings.window!;
    const tenth = (at: number): number => Math.floor(at / ('ms' in window ? window.ms / 10 : 1));
    const recent = 'calls' in window ? this.watched.slice(-window.calls) : this.watched.filter(({ at }) => tenth(at) > tenth(now) - 10);
    return recent.length < this.settings.minimumCalls! ? 0 : recent.filter(is).length / recent.length;
  }

  #open(reason: OpenReason, now: number): void {
    const { maxResetTimeout = RESET } = this.settings;
    this.openFor = this.openFor === 0 ? RESET : Math.min(this.openFor * 2, maxResetTimeout);
    this.reason = reason;
    this.openedAt = now;
    this.#move('OPEN');
  }

  #close(): void {
    this.failures = this.openFor = 0;
    this.#move('CLOSED');
  }

  #move(state: string): void {
    this.onMove(`${this.state} > ${state}`);
    this.state = state;
    this.stay += 1;
    this.successes = 0;
    this.watched = [];
  }
}

/** What there is to see of either; the reason only where one may be asked for. */
function shown(it: Pick<Circuit, 'reason' | 'isOpen'> & { readonly state: string }, failures: number, now: number): string {
  const { state, reason } = it;
  return `${state}, ${failures} failures${state === 'OPEN' ? ` because of ${reason}` : ''}${it.isOpen(now) ? ', refusing' : ''}`;
}

/** A circuit and its model, and what each of them said to the same history. */
class Pair {
  readonly circuit: Circuit;
  readonly model: Model;
  readonly heard: unknown[] = [];
  readonly expected: unknown[] = [];

  constructor(settings: CircuitSettings) {
    this.circuit = new Circuit(settings);
    this.model = new Model(settings, (move) => this.expected.push(move));
    this.circuit.onTransition((from, to) => this.heard.push(`${from} > ${to}`));
  }

  step(next: Exclude<Step, { do: 'pass' }>, now: number): void {
    const { circuit, model } = this;
    if (next.do === 'enter') this.#enter(now);
    else if (!('pick' in next)) {
      circuit[next.do](now);
      model.byHand(next.do, now);
    } else if (model.underWay.length > 0) {
      const attempt = model.underWay[next.pick % model.underWay.length]!;
      circuit[next.do](attempt.permit, now, next.slow);
      model.ends(attempt, next.do, next.slow, now);
    }
    this.heard.push(shown(circuit, circuit.failureCount, now));
    this.expected.push(shown(model, model.failures, now));
  }

  #enter(now: number): void {
    const answer = this.circuit.enter(now);
    this.heard.push(answer.admitted ? 'admitted' : answer.retryAfterMs);
    const isAdmitted = this.model.admits(now);
    this.expected.push(isAdmitted ? 'admitted' : this.model.retryAfter(now));
    if (answer.admitted) this.model.underWay.push({ permit: answer, stay: this.model.stay, since: now });
  }
}

/** Goes through a history; which reasons there were is written to `seen`. */
function walk(settings: CircuitSettings, steps: readonly Step[], seen: Set<string>): void {
  const pair = new Pair(settings);
  let now = 0;
  let mostProbes = 0;
  for (const next of steps) {
    if (next.do === 'pass') now += next.ms;
    else pair.step(next, now);
    mostProbes = Math.max(mostProbes, pair.model.liveProbes(now));
    if (pair.circuit.state === 'OPEN') seen.add(pair.circuit.reason);
  }
  expect(pair.heard).toEqual(pair.expected);
  expect(mostProbes).toBeLessThanOrEqual(settings.halfOpenMax);
}

describe('a circuit with rates and any history', () => {
  it('opens exactly when the model says and why it says, and never has more live probes than halfOpenMax', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anySettings, anySteps, (settings, steps) => walk(settings, steps, seen)),
      { numRuns: 1_000 },
    );
    expect([...seen].sort()).toEqual(['by_hand', 'failure_rate', 'failures', 'probe', 'slow_calls']);
  });

  it('never opens by a rate before there are minimumCalls attempts since it was last closed', () => {
    const rates = anySettings.map((settings) => ({ ...settings, failureThreshold: undefined, failureRate: 0.2 }));
    fc.assert(
      fc.property(rates, fc.array(fc.boolean(), { maxLength: 12 }), (settings, failures) => {
        const circuit = new Circuit(settings);
        for (const [done, failed] of failures.entries()) {
          if (circuit.state === 'OPEN') return expect(done).toBeGreaterThanOrEqual(settings.minimumCalls!);
          const permit = circuit.enter(0) as Permit;
          circuit[failed ? 'failed' : 'succeeded'](permit, 0);
        }
      }),
    );
  });

  it('stays open twice as long each time a probe fails, never longer than maxResetTimeout, and begins anew once it closed', () => {
    const wellTimes = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: RESET, max: 100_000 }), wellTimes, (maxResetTimeout, probes) => {
        const circuit = new Circuit({ failureThreshold: 1, resetTimeout: RESET, maxResetTimeout, halfOpenMax: 1, successThreshold: 1 });
        let [now, expected] = [0, RESET];
        for (const isWell of probes) {
          if (circuit.state === 'CLOSED') circuit.failed(circuit.enter(now) as Permit, now);
          expect([circuit.isOpen(now + expected - 0.5), circuit.isOpen(now + expected)]).toEqual([true, false]);
          now += expected;
          circuit[isWell ? 'succeeded' : 'failed'](circuit.enter(now) as Permit, now);
          expected = isWell ? RESET : Math.min(expected * 2, maxResetTimeout);
        }
      }),
    );
  });
});
