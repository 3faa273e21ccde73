import * as fc from 'fast-check';
import { Circuit, type CircuitSettings, type Permit, type Refusal } from '../../src/policies/circuit.js';

const settings: CircuitSettings = { failureThreshold: 3, resetTimeout: 1_000, halfOpenMax: 1, successThreshold: 2 };

function admitted(answer: Permit | Refusal): Permit {
  if (!answer.admitted) throw new Error(`refused in ${answer.state}`);
  return answer;
}

/** Lets attempts begin and fail until the circuit is open. */
function opened(circuit: Circuit, now: number): void {
  while (circuit.state === 'CLOSED') circuit.failed(admitted(circuit.enter(now)), now);
}

function openCircuit(over: Partial<CircuitSettings> = {}): Circuit {
  const circuit = new Circuit({ ...settings, ...over });
  opened(circuit, 0);
  return circuit;
}

describe('a closed circuit', () => {
  it('is how it begins, and lets everything through', () => {
    const circuit = new Circuit(settings);
    expect(circuit.state).toBe('CLOSED');
    for (let attempt = 0; attempt < 100; attempt++) {
      expect(circuit.enter(0)).toMatchObject({ admitted: true, state: 'CLOSED', failureCount: 0 });
    }
  });

  it('opens at the failure that reaches the threshold, not before', () => {
    const circuit = new Circuit(settings);
    const counts = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(circuit.state).toBe('CLOSED');
      expect(circuit.failed(admitted(circuit.enter(0)), 0)).toBe(true);
      counts.push(circuit.failureCount);
    }
    expect(counts).toEqual([1, 2, 3]);
    expect(circuit.state).toBe('OPEN');
  });

  it('begins to count anew after a success', () => {
    const circuit = new Circuit(settings);
    for (const outcome of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) {
      circuit[outcome](admitted(circuit.enter(0)), 0);
    }
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 2 });
  });

  it('keeps its count for what is neither success nor failure', () => {
    const circuit = new Circuit(settings);
    circuit.failed(admitted(circuit.enter(0)), 0);
    circuit.ignored(admitted(circuit.enter(0)));
    expect(circuit.failureCount).toBe(1);
  });

  it('is not open for who asks beforehand', () => {
    expect(new Circuit(settings).isOpen(0)).toBe(false);
  });
});

describe('an open circuit', () => {
  it('refuses until resetTimeout is over, and says how long that is', () => {
    const circuit = openCircuit();
    expect(circuit.enter(0)).toEqual({ admitted: false, state: 'OPEN', failureCount: 3, retryAfterMs: 1_000 });
    expect(circuit.enter(999)).toEqual({ admitted: false, state: 'OPEN', failureCount: 3, retryAfterMs: 1 });
    expect(circuit.enter(1_000)).toMatchObject({ admitted: true, state: 'HALF_OPEN' });
  });

  it('stays OPEN until somebody asks', () => {
    const circuit = openCircuit();
    expect(circuit.isOpen(999)).toBe(true);
    expect(circuit.isOpen(1_000)).toBe(false);
    expect(circuit.isOpen(1_000_000)).toBe(false);
    expect(circuit.state).toBe('OPEN');
    circuit.enter(1_000_000);
    expect(circuit.state).toBe('HALF_OPEN');
  });

  it.each(['succeeded', 'failed', 'ignored'] as const)('is not moved by an attempt that began before it opened and %s', (outcome) => {
    const circuit = new Circuit(settings);
    const straggler = admitted(circuit.enter(0));
    opened(circuit, 0);
    expect([false, undefined]).toContain(circuit[outcome](straggler, 500));
    expect(circuit).toMatchObject({ state: 'OPEN', failureCount: 3 });
    expect(circuit.enter(999)).toMatchObject({ admitted: false, retryAfterMs: 1 });
  });
});

describe('a half-open circuit', () => {
  it('lets halfOpenMax probes through at a time and refuses the others, without a promise', () => {
    const circuit = openCircuit({ halfOpenMax: 2 });
    expect(circuit.enter(1_000)).toMatchObject({ admitted: true, state: 'HALF_OPEN', failureCount: 3 });
    expect(circuit.enter(1_000)).toMatchObject({ admitted: true, state: 'HALF_OPEN' });
    expect(circuit.enter(1_000)).toEqual({ admitted: false, state: 'HALF_OPEN', failureCount: 3, retryAfterMs: undefined });
  });

  it('is not open for who asks beforehand', () => {
    const circuit = openCircuit();
    circuit.enter(1_000);
    expect(circuit.isOpen(1_000)).toBe(false);
  });

  it('closes after successThreshold successes, not before, and has forgotten all failures', () => {
    const circuit = openCircuit();
    circuit.succeeded(admitted(circuit.enter(1_000)));
    expect(circuit.state).toBe('HALF_OPEN');
    circuit.succeeded(admitted(circuit.enter(1_001)));
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 0 });
  });

  it('opens again at one failure, for a whole resetTimeout from then', () => {
    const circuit = openCircuit();
    circuit.succeeded(admitted(circuit.enter(1_000)));
    expect(circuit.failed(admitted(circuit.enter(1_200)), 1_500)).toBe(true);
    expect(circuit.state).toBe('OPEN');
    expect(circuit.enter(2_499)).toMatchObject({ admitted: false, retryAfterMs: 1 });
    expect(circuit.enter(2_500)).toMatchObject({ admitted: true });
  });

  it('does not carry successes over to the next time', () => {
    const circuit = openCircuit();
    circuit.succeeded(admitted(circuit.enter(1_000)));
    circuit.failed(admitted(circuit.enter(1_000)), 1_000);
    circuit.succeeded(admitted(circuit.enter(2_000)));
    expect(circuit.state).toBe('HALF_OPEN');
  });

  it('gives the place of a probe that said nothing to the next', () => {
    const circuit = openCircuit();
    const probe = admitted(circuit.enter(1_000));
    expect(circuit.enter(1_000).admitted).toBe(false);
    circuit.ignored(probe);
    expect(circuit).toMatchObject({ state: 'HALF_OPEN', failureCount: 3 });
    expect(circuit.enter(1_000).admitted).toBe(true);
  });

  it('gives the place of a probe that never ends to the next after resetTimeout', () => {
    const circuit = openCircuit();
    circuit.enter(1_000);
    expect(circuit.enter(1_999).admitted).toBe(false);
    expect(circuit.enter(2_000).admitted).toBe(true);
    expect(circuit.enter(2_000).admitted).toBe(false);
  });

  it('does not take the place of a present probe for that of a late one', () => {
    const circuit = openCircuit();
    const late = admitted(circuit.enter(1_000));
    circuit.enter(2_000);
    circuit.ignored(late);
    expect(circuit.enter(2_001).admitted).toBe(false);
  });

  it.each(['succeeded', 'failed', 'ignored'] as const)('is not moved by a probe of an earlier time that %s', (outcome) => {
    const circuit = openCircuit({ halfOpenMax: 2, successThreshold: 1 });
    const early = admitted(circuit.enter(1_000));
    circuit.failed(admitted(circuit.enter(1_000)), 1_000);
    const present = admitted(circuit.enter(2_000));
    circuit[outcome](early, 2_000);
    expect(circuit.state).toBe('HALF_OPEN');
    expect(circuit.enter(2_000).admitted).toBe(true);
    expect(circuit.enter(2_000).admitted).toBe(false);
    circuit.succeeded(present);
    expect(circuit.state).toBe('CLOSED');
  });

  it('once closed is not moved by a probe that fails late', () => {
    const circuit = openCircuit({ halfOpenMax: 2, successThreshold: 1 });
    const late = admitted(circuit.enter(1_000));
    circuit.succeeded(admitted(circuit.enter(1_000)));
    expect(circuit.failed(late, 1_001)).toBe(false);
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 0 });
  });
});

describe('a circuit with any history', () => {
  type Step = { do: 'enter' } | { do: 'pass'; ms: number } | { do: 'succeeded' | 'failed' | 'ignored'; pick: number };
  type Outcome = 'succeeded' | 'failed' | 'ignored';

  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: 'enter' }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 40, 99, 100, 101) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom<Outcome>('succeeded', 'failed', 'failed', 'ignored'), pick: fc.nat(20) }) },
  );
  const small = fc.integer({ min: 1, max: 3 });
  const anySettings = fc.record({ failureThreshold: small, resetTimeout: fc.constant(100), halfOpenMax: small, successThreshold: small });

  /** An attempt under way, as the model knows it: `stay` counts the states there were. */
  interface Attempt {
    readonly permit: Permit;
    readonly stay: number;
    readonly since: number;
  }

  /** A circuit in the words of the contract, without a thought for how it is done. */
  class Model {
    state = 'CLOSED';
    stay = 0;
    failures = 0;
    successes = 0;
    openedAt = 0;
    underWay: Attempt[] = [];

    constructor(readonly settings: CircuitSettings) {}

    liveProbes(now: number): number {
      const live = this.underWay.filter(({ stay, since }) => stay === this.stay && now - since < this.settings.resetTimeout);
      return this.state === 'HALF_OPEN' ? live.length : 0;
    }

    admits(now: number): boolean {
      if (this.state === 'OPEN' && now >= this.openedAt + this.settings.resetTimeout) this.#move('HALF_OPEN');
      return this.state === 'CLOSED' || (this.state === 'HALF_OPEN' && this.liveProbes(now) < this.settings.halfOpenMax);
    }

    ends(attempt: Attempt, outcome: Outcome, now: number): void {
      this.underWay = this.underWay.filter((other) => other !== attempt);
      if (attempt.stay !== this.stay || outcome === 'ignored') return;
      const isProbe = this.state === 'HALF_OPEN';
      this.failures = outcome === 'failed' ? this.failures + 1 : 0;
      if (outcome === 'succeeded' && isProbe && ++this.successes === this.settings.successThreshold) this.#move('CLOSED');
      if (outcome === 'succeeded' || (!isProbe && this.failures < this.settings.failureThreshold)) return;
      this.openedAt = now;
      this.#move('OPEN');
    }

    #move(state: string): void {
      this.state = state;
      this.stay += 1;
      this.successes = 0;
    }
  }

  function walk(circuit: Circuit, model: Model, steps: readonly Step[]): void {
    let now = 0;
    for (const next of steps) {
      if (next.do === 'pass') now += next.ms;
      else if (next.do === 'enter') {
        const answer = circuit.enter(now);
        expect(answer.admitted).toBe(model.admits(now));
        if (answer.admitted) model.underWay.push({ permit: answer, stay: model.stay, since: now });
      } else if (model.underWay.length > 0) {
        const attempt = model.underWay[next.pick % model.underWay.length]!;
        circuit[next.do](attempt.permit, now);
        model.ends(attempt, next.do, now);
      }
      expect({ state: circuit.state, failures: circuit.failureCount }).toEqual({ state: model.state, failures: model.failures });
      expect(model.liveProbes(now)).toBeLessThanOrEqual(model.settings.halfOpenMax);
    }
  }

  it('agrees with the model, and never has more live probes than halfOpenMax', () => {
    fc.assert(
      fc.property(anySettings, fc.array(step, { minLength: 20, maxLength: 120 }), (some, steps) =>
        walk(new Circuit(some), new Model(some), steps),
      ),
      { numRuns: 500 },
    );
  });
});
