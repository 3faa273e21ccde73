import * as fc from 'fast-check';
import { Circuit, type Permit } from '../../src/policies/circuit/circuit.js';
import type { CircuitSettings } from '../../src/policies/circuit/circuit-options.js';

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

    constructor(readonly settings: CircuitSettings & { readonly failureThreshold: number }) {}

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
