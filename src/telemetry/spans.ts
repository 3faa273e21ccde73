import type { Attributes } from '../core/attributes.js';
import type { Call, StreamEnding } from '../core/call.js';
import type { Clock } from '../core/clock.js';
import { silentSpan } from '../core/silent-span.js';
import { messageOf, typeOf } from '../core/thrown.js';
import type { Context, Span, Tracer } from '../core/span.js';
import type { ToolFacts } from '../core/telemetry.js';
import { ATTRIBUTE, EVENT_SPAN, SPAN } from './catalogue.js';
import { CallContexts, type CallContext } from './call-context.js';
import type { Disclosure } from './disclosure.js';
import { recordException, type Shown } from './exceptions.js';
import { SpanClock } from './span-clock.js';
import { StepAttributes, type StepEvent } from './step-attributes.js';
import type { TracingApi } from './tracing-api.js';

const INTERNAL = 0;
const STATUS_ERROR = 2;

/** Attempts whose attributes are kept; nearly all calls end with the first. */
const KEPT_ATTEMPTS = 4;

/** Seconds and nanoseconds: given a plain number, the SDK reads its clock again to find out what kind of number it is. */
type HrTime = [seconds: number, nanoseconds: number];

function hrTime(milliseconds: number): HrTime {
  const seconds = Math.trunc(milliseconds / 1_000);
  return [seconds, Math.trunc((milliseconds - seconds * 1_000) * 1e6)];
}

/** A span of ours that is open, and the context in which it is the active one. */
export interface OpenSpan {
  readonly span: Span;
  readonly context: CallContext;
  readonly isRecording: boolean;
  /** Added to monotonic moments to get milliseconds since the epoch. */
  readonly offset: number;
}

/** What becomes of a call, as its span tells it. */
export interface SpanOutcome {
  readonly endedAt: number;
  readonly durationMs: number;
  readonly isCached: boolean;
  readonly failed: boolean;
  readonly error: unknown;
  /** An attempt that ran beside another one, which was quicker: it was given up, which is no failure. */
  readonly isSuperseded?: boolean;
}

/** Where the spans go. */
export interface Tracing {
  readonly api: TracingApi;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly spanClock: SpanClock;
  readonly contexts: CallContexts;
  readonly disclosure: Disclosure;
}

/** Tracing with a clock of its own for its spans. */
export function createTracing(api: TracingApi, tracer: Tracer, clock: Clock, disclosure: Disclosure): Tracing {
  return { api, tracer, clock, spanClock: new SpanClock(clock), contexts: new CallContexts(api), disclosure };
}

/** Makes the spans of one tool. May throw where a sampler or a processor does; the observer guards it. */
export class ToolSpans {
  readonly #callAttributes: Attributes;
  readonly #attemptAttributes: Attributes;
  /** What every other span starts with; a sampler sees whose it is. What else there is to say comes later, at a third of the price. */
  readonly #name: Attributes;
  readonly #retryAttributes: Attributes[] = [];
  readonly #stepAttributes = new StepAttributes();
  /** What of an error's text may be shown. */
  readonly shown: Shown;

  constructor(
    private readonly tracing: Tracing,
    private readonly facts: ToolFacts,
  ) {
    const { name, namespace, description, attributes } = facts;
    this.shown = (text) => tracing.disclosure.text(text, facts);
    this.#name = { [ATTRIBUTE.toolName]: name };
    this.#attemptAttributes = { [ATTRIBUTE.toolName]: name, [ATTRIBUTE.toolNamespace]: namespace };
    this.#callAttributes = {
      [ATTRIBUTE.genAiOperationName]: 'execute_tool',
      [ATTRIBUTE.genAiToolName]: name,
      [ATTRIBUTE.genAiToolType]: 'function',
      ...(description !== undefined && { [ATTRIBUTE.genAiToolDescription]: description }),
      ...attributes,
      ...this.#attemptAttributes,
    };
  }

  openCall(startedAt: number, args: readonly unknown[], place?: Context): OpenSpan {
    const { api, tracer, spanClock, contexts, disclosure } = this.tracing;
    const offset = spanClock.offset(startedAt);
    const parent = place ?? api.context.active();
    const span = tracer.startSpan(
      SPAN.execute,
      { kind: INTERNAL, attributes: this.#callAttributes, startTime: hrTime(offset + startedAt) },
      parent,
    );
    const isRecording = span.isRecording();
    // As they were given: the tool may change them.
    if (isRecording && disclosure.tellsArguments) set(span, ATTRIBUTE.genAiToolCallArguments, disclosure.arguments(args, this.facts));
    return { span, context: contexts.inside(parent, span), isRecording, offset };
  }

  /** What the call gave, where that may be told. */
  describeResult({ span, isRecording }: OpenSpan, result: unknown): void {
    const { disclosure } = this.tracing;
    if (isRecording && disclosure.tellsResult) set(span, ATTRIBUTE.genAiToolCallResult, disclosure.result(result, this.facts));
  }

  /** For a call whose span could not be started: it is followed all the same, so that no other call is taken for it. */
  withoutSpan(place?: Context): OpenSpan {
    const { api, contexts } = this.tracing;
    return { span: silentSpan, context: contexts.inside(place ?? api.context.active(), silentSpan), isRecording: false, offset: 0 };
  }

  /** The attempt's own span and, inside it, the execution's; their ends fall together as their starts do. */
  openAttempt(parent: OpenSpan, { attempt, hedge }: Call, startedAt: number): { around: OpenSpan; execution: OpenSpan } {
    const around = this.#openInner(parent, SPAN.attempt, startedAt, this.#name);
    try {
      around.span.setAttributes(this.#ofAttempt(attempt));
      if (hedge > 0) around.span.setAttribute(ATTRIBUTE.toolHedged, true);
      const execution = this.#openInner(around, SPAN.execute, startedAt, this.#attemptAttributes);
      if (hedge > 0) execution.span.setAttribute(ATTRIBUTE.toolHedged, true);
      return { around, execution };
    } catch (error) {
      around.span.end();
      throw error;
    }
  }

  /** Work that a call caused and nobody waits for: a trace of its own, linked to the call's. */
  openBackground(startedAt: number, cause: OpenSpan | undefined): OpenSpan {
    const { tracer, spanClock, contexts, api } = this.tracing;
    const offset = spanClock.offset(startedAt);
    const links = cause && [{ context: cause.span.spanContext() }];
    const parent = api.context.active();
    const span = tracer.startSpan(
      SPAN.revalidate,
      { kind: INTERNAL, root: true, attributes: this.#attemptAttributes, startTime: hrTime(offset + startedAt), ...(links && { links }) },
      parent,
    );
    return { span, context: contexts.inside(parent, span), isRecording: span.isRecording(), offset };
  }

  /** The present moment as the clock of this span has it. */
  timeIn({ offset }: OpenSpan): HrTime {
    return hrTime(offset + this.tracing.clock.now());
  }

  close({ span, isRecording, offset }: OpenSpan, outcome: SpanOutcome): void {
    if (!isRecording) return span.end();
    const endedAt = hrTime(offset + outcome.endedAt);
    try {
      this.#describe(span, outcome, endedAt);
    } finally {
      span.end(endedAt);
    }
  }

  /** What the stream that the call gave came to. */
  describeStream({ span, isRecording }: OpenSpan, startedAt: number, { outcome, chunks, firstChunkAt }: StreamEnding): void {
    if (!isRecording) return;
    span.setAttribute(ATTRIBUTE.streamOutcome, outcome);
    span.setAttribute(ATTRIBUTE.streamChunks, chunks);
    if (firstChunkAt !== undefined) span.setAttribute(ATTRIBUTE.streamTimeToFirstChunkMs, firstChunkAt - startedAt);
  }

  closeAttempt({ span, offset }: OpenSpan, { endedAt, failed, error, isSuperseded }: SpanOutcome): void {
    try {
      span.setAttribute(ATTRIBUTE.retrySuccess, !failed);
      if (isSuperseded) span.setAttribute(ATTRIBUTE.toolSuperseded, true);
      else if (failed) span.setStatus({ code: STATUS_ERROR, message: this.shown(messageOf(error)) });
    } finally {
      span.end(hrTime(offset + endedAt));
    }
  }

  /** The span of a step that is over. */
  step(parent: OpenSpan, event: StepEvent): void {
    const span = this.#startChild(parent, EVENT_SPAN[event.type], event.startedAt, this.#name);
    span.setAttributes(this.#stepAttributes.of(event));
    if ('error' in event) span.setStatus({ code: STATUS_ERROR, message: this.shown(messageOf(event.error)) });
    span.end(hrTime(parent.offset + this.tracing.clock.now()));
  }

  /** The call waits for another one with the same key instead of running. */
  coalesce({ span }: OpenSpan, leader: OpenSpan | undefined): void {
    span.setAttribute(ATTRIBUTE.toolCoalesced, true);
    if (leader) span.addLink({ context: leader.span.spanContext() });
  }

  within(open: OpenSpan, call: Call, next: (call: Call) => unknown): unknown {
    const { context } = this.tracing.api;
    // Entering a context costs ten times as much as a look at the present one.
    if (open.context.tellsOf(call) && context.active() === open.context) return next(call);
    return context.with(open.context.of(call), next, undefined, call);
  }

  #describe(span: Span, { durationMs, isCached, failed, error, isSuperseded }: SpanOutcome, endedAt: HrTime): void {
    span.setAttribute(ATTRIBUTE.toolDurationMs, durationMs);
    span.setAttribute(ATTRIBUTE.toolCached, isCached);
    span.setAttribute(ATTRIBUTE.toolSuccess, !failed);
    if (isSuperseded) span.setAttribute(ATTRIBUTE.toolSuperseded, true);
    else if (failed) this.#recordFailure(span, error, endedAt);
  }

  #recordFailure(span: Span, error: unknown, time: HrTime): void {
    const message = this.shown(messageOf(error));
    span.setAttribute(ATTRIBUTE.toolError, message);
    span.setAttribute(ATTRIBUTE.errorType, this.shown(typeOf(error)));
    span.setStatus({ code: STATUS_ERROR, message });
    recordException(span, error, time, this.shown);
  }

  #ofAttempt(attempt: number): Attributes {
    const known = this.#retryAttributes[attempt];
    if (known) return known;
    const made = { [ATTRIBUTE.retryAttempt]: attempt, [ATTRIBUTE.retryMaxAttempts]: this.facts.maxRetries! };
    if (attempt < KEPT_ATTEMPTS) this.#retryAttributes[attempt] = made;
    return made;
  }

  #openInner(parent: OpenSpan, name: string, startedAt: number, attributes: Attributes): OpenSpan {
    const span = this.#startChild(parent, name, startedAt, attributes);
    return { span, context: parent.context.with(span), isRecording: true, offset: parent.offset };
  }

  #startChild({ context, offset }: OpenSpan, name: string, startedAt: number, attributes: Attributes): Span {
    return this.tracing.tracer.startSpan(name, { kind: INTERNAL, attributes, startTime: hrTime(offset + startedAt) }, context);
  }
}

function set(span: Span, attribute: string, text: string | undefined): void {
  if (text !== undefined) span.setAttribute(attribute, text);
}
