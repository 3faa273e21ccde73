import type { Call, Observer, Run, Stopwatch, StreamEnding, Watch } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { PolicyEvent } from '../core/events.js';
import { silentSpan } from '../core/silent-span.js';
import type { Context } from '../core/span.js';
import type { Telemetry, ToolFacts } from '../core/telemetry.js';
import { CallStopwatch } from './call-stopwatch.js';
import { count } from './counting.js';
import type { FailureLog } from './failure-log.js';
import type { Faults } from './faults.js';
import type { InFlight } from './in-flight.js';
import { mark } from './marks.js';
import { Scope, scopeOf } from './scope.js';
import { ToolSpans, type OpenSpan, type SpanOutcome, type Tracing } from './spans.js';
import type { Tallies, Tally } from './tally.js';

/** What telemetry is made of; either half may be missing. */
export interface TelemetryParts {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly tallies?: Tallies | undefined;
  readonly tracing?: Tracing | undefined;
  /** Calls under way, for who wants to wait for them. */
  readonly inFlight: InFlight;
  /** Told of calls that failed. */
  readonly failures?: FailureLog | undefined;
}

/** Telemetry of spans, of counts, or of both. */
export function createTelemetry(parts: TelemetryParts): Telemetry {
  return {
    observe: (facts) => new ToolObserver(facts, parts, parts.tallies?.of(facts)),
    spanOf: (call) => (call.scope as Scope | undefined)?.root?.span ?? silentSpan,
    callHere: parts.tracing?.contexts.areCarried ? parts.tracing.contexts.callHere : undefined,
  };
}

/** Listens at the two doors of one tool. Nothing that fails in here reaches the call. */
class ToolObserver implements Observer {
  readonly call: Watch;
  readonly attempt: Watch;
  readonly background: Watch;
  readonly stopwatch: Stopwatch | undefined;
  readonly #spans: ToolSpans | undefined;

  constructor(
    facts: ToolFacts,
    private readonly parts: TelemetryParts,
    private readonly tally: Tally | undefined,
  ) {
    this.#spans = parts.tracing && new ToolSpans(parts.tracing, facts);
    this.stopwatch = tally && !parts.tracing && !parts.failures ? new CallStopwatch(tally, parts.clock, parts.inFlight) : undefined;
    this.call = {
      place: () => this.#place(),
      open: (call, place) => this.#openCall(call, place),
      // Also for who holds a copy of an attempt's: what goes on there is part of the call.
      within: (call, run) => this.#within(call, run, scopeOf(call)?.root),
      close: (call, failed, result, stream) => this.#closeCall(call, failed, result, stream),
    };
    this.attempt = {
      place: () => undefined,
      open: (call) => this.#openAttempt(call),
      within: (call, run) => this.#within(call, run),
      close: (call, failed, error) => this.#closeAttempt(call, failed, error),
    };
    this.background = {
      place: () => undefined,
      open: (call, cause) => this.#openBackground(call, cause as Call),
      within: (call, run) => this.#within(call, run),
      close: (call, failed, error) => this.#closeBackground(call, failed, error),
    };
  }

  now(call: Call): number {
    return scopeOf(call)?.open?.isRecording ? this.parts.clock.now() : 0;
  }

  report(call: Call | undefined, event: PolicyEvent): void {
    if (this.tally) count(this.tally, event);
    const scope = call && scopeOf(call);
    if (!scope?.open?.isRecording) return;
    try {
      this.#trace(scope, scope.open, event);
    } catch (error) {
      this.parts.faults.report('span', error);
    }
  }

  #trace(scope: Scope, open: OpenSpan, event: PolicyEvent): void {
    if (event.type === 'cache.lookup') scope.isCached = event.hit;
    if ('startedAt' in event) return this.#spans!.step(open, event);
    if (event.type === 'cache.coalesced') return this.#spans!.coalesce(open, scopeOf(event.leader)?.open);
    if (event.type === 'cache.stale') scope.isCached = true;
    if (event.type === 'bulkhead.admitted' || event.type === 'bulkhead.refused') scope.bulkheadWaitedMs += event.waitedMs;
    mark(
      {
        span: open.span,
        root: scope.root?.span ?? open.span,
        time: this.#spans!.timeIn(open),
        waitedMs: scope.bulkheadWaitedMs,
        shown: this.#spans!.shown,
      },
      event,
    );
  }

  #place(): Context | undefined {
    return this.parts.tracing?.api.context.active();
  }

  #openCall(call: Call, place: unknown): Call {
    this.parts.inFlight.enter();
    if (this.tally) this.tally.inFlight += 1;
    const startedAt = this.parts.clock.now();
    let open: OpenSpan | undefined;
    try {
      open = this.#spans?.openCall(startedAt, call.args, place as Context | undefined);
    } catch (error) {
      this.parts.faults.report('span', error);
      open = this.#spans?.withoutSpan(place as Context | undefined);
    }
    return call.opened(new Scope(startedAt, open));
  }

  #closeCall(call: Call, failed: boolean, result: unknown, stream: StreamEnding | undefined): void {
    this.parts.inFlight.leave();
    if (this.tally) this.tally.inFlight -= 1;
    const scope = call.scope as Scope;
    const endedAt = stream ? stream.endedAt : this.parts.clock.now();
    const durationMs = endedAt - scope.startedAt;
    const bucket = this.tally?.call(durationMs / 1_000, failed);
    if (failed) this.parts.failures?.failed(call, result, durationMs, scope.open?.span.spanContext());
    if (!scope.open) return;
    const outcome: SpanOutcome = { endedAt, durationMs, isCached: scope.isCached, failed, error: result };
    try {
      if (bucket !== undefined) this.#keepExemplar(bucket, durationMs / 1_000, scope.open, endedAt);
      this.#describeResult(scope.open, scope.startedAt, outcome, stream);
      this.#spans!.close(scope.open, outcome);
    } catch (fault) {
      this.parts.faults.report('span', fault);
    }
  }

  #describeResult(open: OpenSpan, startedAt: number, { failed, error: result }: SpanOutcome, stream: StreamEnding | undefined): void {
    if (stream) this.#spans!.describeStream(open, startedAt, stream);
    else if (!failed) this.#spans!.describeResult(open, result);
  }

  #openAttempt(call: Call): Call {
    const parent = scopeOf(call)?.open;
    if (!parent?.isRecording) return call;
    try {
      const startedAt = this.parts.clock.now();
      const { around, execution } = this.#spans!.openAttempt(parent, call, startedAt);
      return call.withScope(new Scope(startedAt, execution, parent, around));
    } catch (error) {
      this.parts.faults.report('span', error);
      return call;
    }
  }

  #closeAttempt(call: Call, failed: boolean, error: unknown): void {
    // Not as good as another one that ran beside it is no failure.
    const isSuperseded = failed && call.cancellation?.isLost === true;
    if (!isSuperseded) this.tally?.attempt(call.attempt, failed);
    const scope = scopeOf(call);
    if (!scope?.around || !scope.open) return;
    const endedAt = this.parts.clock.now();
    const outcome: SpanOutcome = { endedAt, durationMs: endedAt - scope.startedAt, isCached: false, failed, error, isSuperseded };
    this.#safely(() => this.#spans!.close(scope.open!, outcome));
    this.#safely(() => this.#spans!.closeAttempt(scope.around!, outcome));
  }

  #safely(act: () => void): void {
    try {
      act();
    } catch (fault) {
      this.parts.faults.report('span', fault);
    }
  }

  #openBackground(call: Call, cause: Call): Call {
    this.parts.inFlight.enter();
    const startedAt = this.parts.clock.now();
    let open: OpenSpan | undefined;
    try {
      open = this.#spans?.openBackground(startedAt, scopeOf(cause)?.root);
    } catch (error) {
      this.parts.faults.report('span', error);
    }
    return call.opened(new Scope(startedAt, open));
  }

  #closeBackground(call: Call, failed: boolean, error: unknown): void {
    this.parts.inFlight.leave();
    const { open, startedAt } = call.scope as Scope;
    if (!open) return;
    const endedAt = this.parts.clock.now();
    try {
      this.#spans!.close(open, { endedAt, durationMs: endedAt - startedAt, isCached: false, failed, error });
    } catch (fault) {
      this.parts.faults.report('span', fault);
    }
  }

  #within(call: Call, run: Run, open = scopeOf(call)?.open): unknown {
    return open ? this.#spans!.within(open, call, run) : run(call);
  }

  #keepExemplar(bucket: number, value: number, { span, offset, isRecording }: OpenSpan, endedAt: number): void {
    if (!isRecording) return;
    const { traceId, spanId, traceFlags } = span.spanContext();
    if ((traceFlags & 1) === 0) return;
    this.tally!.exemplars[bucket] = { traceId, spanId, value, timestamp: (offset + endedAt) / 1_000 };
  }
}
