import { isWatched, type Call, type Next, type Outcome, type Stage } from '../../core/call.js';
import type { OnBroken } from '../../core/callbacks.js';
import type { Clock } from '../../core/clock.js';
import { CircuitOpenError } from '../../core/errors.js';
import type { CircuitState } from '../../core/events.js';
import { ranBefore } from '../../core/progress.js';
import type { CircuitDetails } from '../../core/refusal-words.js';
import { refusalOf } from '../../core/refusals.js';
import type { Circuit, Permit, Refusal } from './circuit.js';
import type { ResolvedCircuitBreaker } from './circuit-options.js';
import { isFailure, resultCounter } from './failures.js';

/** What the circuit breaker needs besides its options. */
export interface CircuitBreakerDeps {
  readonly clock: Clock;
  readonly circuit: Circuit;
  /** Told when `countIf` or `countResultIf` did not work; an error then counts, a result does not. */
  readonly onBroken: OnBroken;
}

/** Asks the circuit before the attempt and tells it the outcome after. */
export function circuitBreaker(options: ResolvedCircuitBreaker, deps: CircuitBreakerDeps): Stage {
  const { circuit, clock } = deps;
  const breaker: Breaker = { options, deps, countsResult: resultCounter(options, deps.onBroken) };
  return (next: Next): Next =>
    function throughCircuit(call, then) {
      // A closed circuit does not ask what time it is.
      const now = circuit.hasRates || circuit.state !== 'CLOSED' ? clock.now() : 0;
      const answer = check(call, circuit, now);
      if (answer.admitted) next(call, new Passage(breaker, call, answer, now, then));
      else if (options.mode === 'observe') next(call, then);
      else then.failed(refusal(call, circuit, answer, options.name));
    };
}

/** What the passages of all attempts have in common. */
interface Breaker {
  readonly options: ResolvedCircuitBreaker;
  readonly deps: CircuitBreakerDeps;
  readonly countsResult: ((result: unknown, call: Call) => boolean) | undefined;
}

/** An attempt that was let through: its outcome is told to the circuit, and passed on. */
class Passage implements Outcome {
  constructor(
    private readonly breaker: Breaker,
    private readonly call: Call,
    private readonly permit: Permit,
    private readonly startedAt: number,
    private readonly outer: Outcome,
  ) {}

  answered(result: unknown): void {
    const { breaker, call } = this;
    if (breaker.countsResult?.(result, call)) this.#fail();
    else this.#succeed();
    this.outer.answered(result);
  }

  failed(error: unknown): void {
    const { options, deps } = this.breaker;
    if (isFailure(options, deps.onBroken, this.call, error)) this.#fail();
    else deps.circuit.ignored(this.permit);
    this.outer.failed(error);
  }

  #fail(): void {
    const { call, permit } = this;
    const { circuit, clock } = this.breaker.deps;
    const now = clock.now();
    const before = circuit.state;
    if (circuit.failed(permit, now, this.#isSlow(now))) call.observer.report(call, { type: 'circuit_breaker.failure' });
    reportTransition(call, before, circuit.state);
  }

  #succeed(): void {
    const { circuit, clock } = this.breaker.deps;
    const before = circuit.state;
    const now = circuit.hasRates ? clock.now() : 0;
    circuit.succeeded(this.permit, now, this.#isSlow(now));
    reportTransition(this.call, before, circuit.state);
  }

  #isSlow(now: number): boolean {
    const { slowCall } = this.breaker.options;
    return slowCall !== undefined && now - this.startedAt >= slowCall;
  }
}

function check(call: Call, circuit: Circuit, now: number): Permit | Refusal {
  const startedAt = call.observer.now(call);
  const before = circuit.state;
  const answer = circuit.enter(now);
  const { state, failureCount } = answer;
  if (isWatched(call)) call.observer.report(call, { type: 'circuit_breaker.check', startedAt, state, failureCount });
  reportTransition(call, before, state);
  return answer;
}

function refusal(call: Call, circuit: Circuit, { state, failureCount, retryAfterMs }: Refusal, sharedAs?: string): CircuitOpenError {
  const subject = { tool: call.tool.name, namespace: call.tool.namespace };
  const reason = state === 'HALF_OPEN' ? 'probing' : circuit.reason;
  const window = reason === 'failure_rate' || reason === 'slow_calls' ? circuit.seen : undefined;
  const why: CircuitDetails = { reason, sharedAs, failureCount, window };
  return refusalOf(call, new CircuitOpenError(subject, why, retryAfterMs, ranBefore(call)));
}

function reportTransition(call: Call, from: CircuitState, to: CircuitState): void {
  if (from !== to) call.observer.report(call, { type: 'circuit_breaker.transition', from, to });
}
