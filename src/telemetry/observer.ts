import type { Call, Next, Observer, StreamEnding, Watch } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import type { PolicyEvent } from '../core/events.js';
import { silentSpan } from '../core/silent-span.js';
import type { Context } from '../core/span.js';
import type { Telemetry, ToolFacts } from '../core/telemetry.js';
import type { Faults } from './faults.js';
import type { InFlight } from './in-flight.js';
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
}

/** Telemetry of spans, of counts, or of both. */
export function createTelemetry(parts: TelemetryParts): Telemetry {
  return {
    observe: (facts) => new ToolObserver(facts, parts, parts.tallies?.of(facts)),
    spanOf: (call) => (call.scope as Scope | undefined)?.root?.span ?? silentSpan,
    callHere: parts.tracing?.contexts.areCarried ? parts.tracing.contexts.callHere : undefined,
  };
}

/** What an observer keeps while a call, or an attempt, is open. */
class Scope {
  isCached = false;

  constructor(
    readonly startedAt: number,
    readonly open: OpenSpan | undefined,
    /** The span of the call: for an attempt another one. */
    readonly root: OpenSpan | undefined = open,
    /** The span around an attempt. */
    readonly around?: OpenSpan,
  ) {}
}

/** Listens at the two doors of one tool. Nothing that fails in here reaches the call. */
class ToolObserver implements Observer {
  readonly call: Watch;
  readonly attempt: Watch;
  readonly #spans: ToolSpans | undefined;

  constructor(
    facts: ToolFacts,
    private readonly parts: TelemetryParts,
    private readonly tally: Tally | undefined,
  ) {
    this.#spans = parts.tracing && new ToolSpans(parts.tracing, facts);
    this.call = {
      place: () => this.#place(),
      open: (call, place) => this.#openCall(call, place),
      within: (call, next) => this.#within(call, next),
      close: (call, failed, error, stream) => this.#closeCall(call, failed, error, stream),
    };
    this.attempt = {
      place: () => undefined,
      open: (call) => this.#openAttempt(call),
      within: (call, next) => this.#within(call, next),
      close: (call, failed, error) => this.#closeAttempt(call, failed, error),
    };
  }

  report(call: Call, event: PolicyEvent): void {
    if (this.tally) count(this.tally, event);
    const scope = scopeOf(call);
    if (!scope?.open?.isRecording) return;
    if (event.type === 'cache.lookup') scope.isCached = event.hit;
    try {
      this.#trace(scope.open, event);
    } catch (error) {
      this.parts.faults.report('span', error);
    }
  }

  #trace(open: OpenSpan, event: PolicyEvent): void {
    if ('startedAt' in event) this.#spans!.step(open, event);
    else if (event.type === 'cache.coalesced') this.#spans!.coalesce(open, scopeOf(event.leader)?.open);
  }

  #place(): Context | undefined {
    return this.parts.tracing?.api.context.active();
  }

  #openCall(call: Call, place: unknown): Call {
    this.parts.inFlight.enter();
    const startedAt = this.parts.clock.now();
    let open: OpenSpan | undefined;
    try {
      open = this.#spans?.openCall(startedAt, place as Context | undefined);
    } catch (error) {
      this.parts.faults.report('span', error);
    }
    return call.withScope(new Scope(startedAt, open));
  }

  #closeCall(call: Call, failed: boolean, error: unknown, stream: StreamEnding | undefined): void {
    this.parts.inFlight.leave();
    const scope = call.scope as Scope;
    const endedAt = stream ? stream.endedAt : this.parts.clock.now();
    const durationMs = endedAt - scope.startedAt;
    const bucket = this.tally?.call(durationMs / 1_000, failed);
    if (!scope.open) return;
    try {
      if (bucket !== undefined) this.#keepExemplar(bucket, durationMs / 1_000, scope.open, endedAt);
      if (stream) this.#spans!.describeStream(scope.open, scope.startedAt, stream);
      this.#spans!.close(scope.open, { endedAt, durationMs, isCached: scope.isCached, failed, error });
    } catch (fault) {
      this.parts.faults.report('span', fault);
    }
  }

  #openAttempt(call: Call): Call {
    const parent = scopeOf(call)?.open;
    if (!parent?.isRecording) return call;
    try {
      const startedAt = this.parts.clock.now();
      const { around, execution } = this.#spans!.openAttempt(parent, call.attempt, startedAt);
      return call.withScope(new Scope(startedAt, execution, parent, around));
    } catch (error) {
      this.parts.faults.report('span', error);
      return call;
    }
  }

  #closeAttempt(call: Call, failed: boolean, error: unknown): void {
    this.tally?.attempt(call.attempt, failed);
    const scope = scopeOf(call);
    if (!scope?.around || !scope.open) return;
    const endedAt = this.parts.clock.now();
    const outcome: SpanOutcome = { endedAt, durationMs: endedAt - scope.startedAt, isCached: false, failed, error };
    try {
      this.#spans!.close(scope.open, outcome);
      this.#spans!.closeAttempt(scope.around, outcome);
    } catch (fault) {
      this.parts.faults.report('span', fault);
    }
  }

  #within(call: Call, next: Next): unknown {
    const open = scopeOf(call)?.open;
    return open ? this.#spans!.within(open, call, next) : next(call);
  }

  #keepExemplar(bucket: number, value: number, { span, offset }: OpenSpan, endedAt: number): void {
    const { traceId, spanId, traceFlags } = span.spanContext();
    if ((traceFlags & 1) === 0) return;
    this.tally!.exemplars[bucket] = { traceId, spanId, value, timestamp: (offset + endedAt) / 1_000 };
  }
}

function scopeOf(call: Pick<Call, 'scope'>): Scope | undefined {
  return call.scope as Scope | undefined;
}

function count(tally: Tally, event: PolicyEvent): void {
  switch (event.type) {
    case 'cache.lookup':
      if (event.hit) tally.hits += 1;
      else tally.misses += 1;
      return;
    case 'cache.set':
      if (!('error' in event)) tally.sets += 1;
      return;
    case 'rate_limit.check':
      if (event.allowed) tally.allowed += 1;
      else tally.refused += 1;
      return;
    case 'circuit_breaker.failure':
      tally.circuitFailures += 1;
      return;
    case 'cache.coalesced':
    case 'circuit_breaker.check':
      return;
  }
}
