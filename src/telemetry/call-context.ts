import type { Call } from '../core/call.js';
import { silentSpan } from '../core/silent-span.js';
import type { Context, Span } from '../core/span.js';
import type { TracingApi } from './tracing-api.js';

const CALL = Symbol.for('toolspan.call');

/**
 * The context inside a call: what it was made in, with the call and its span on top. A layer, where OpenTelemetry's own contexts copy all
 * they hold for each value set; layers do not pile up, for one upon another stands on what is below that.
 */
export class CallContext implements Context {
  constructor(
    private readonly below: Context,
    private readonly spanKey: symbol,
    private readonly span: unknown,
    /** Where there is none yet, whoever runs in here first. */
    public call?: Call,
  ) {}

  /** The same place for a copy of the call: another attempt without a span of its own. */
  of(call: Call): CallContext {
    if ((this.call ??= call) === call) return this;
    return new CallContext(this.below, this.spanKey, this.span, call);
  }

  /** Whether who asks in here for the current call may as well be told of this copy: nothing that can be asked for differs. */
  tellsOf({ origin, attempt, cancellation }: Call): boolean {
    const { call } = this;
    return call !== undefined && call.origin === origin && call.attempt === attempt && call.cancellation === cancellation;
  }

  /** The context inside a call that is made here. */
  with(span: Span): CallContext {
    return new CallContext(this.below, this.spanKey, span);
  }

  getValue(key: symbol): unknown {
    if (key === this.spanKey) return this.span;
    return key === CALL ? this.call : this.below.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    if (key === this.spanKey) return new CallContext(this.below, this.spanKey, value, this.call);
    return new CallContext(this.below.setValue(key, value), this.spanKey, this.span, this.call);
  }

  deleteValue(key: symbol): Context {
    if (key === this.spanKey) return new CallContext(this.below, this.spanKey, undefined, this.call);
    return new CallContext(this.below.deleteValue(key), this.spanKey, this.span, this.call);
  }
}

/** Makes the contexts of calls, and finds the call again. */
export class CallContexts {
  readonly #api: TracingApi;
  readonly #spanKey: symbol;
  /** False where nobody registered a context manager: then no context reaches further than nowhere. */
  readonly areCarried: boolean;

  constructor(api: TracingApi) {
    this.#api = api;
    this.#spanKey = spanKeyOf(api);
    const probe = new CallContext(api.context.active(), this.#spanKey, silentSpan);
    this.areCarried = api.context.with(probe, () => api.context.active() === probe);
  }

  /** The context inside the call whose span this is, made in `parent`. */
  inside(parent: Context, span: Span): CallContext {
    return parent instanceof CallContext ? parent.with(span) : new CallContext(parent, this.#spanKey, span);
  }

  /** The call that is under way here. */
  readonly callHere = (): Call | undefined => this.#api.context.active().getValue(CALL) as Call | undefined;
}

/** Under which key OpenTelemetry keeps the active span: told to whoever is handed one. */
function spanKeyOf({ trace }: TracingApi): symbol {
  let found = CALL;
  const listener: Context = {
    getValue: () => undefined,
    setValue(key) {
      found = key;
      return listener;
    },
    deleteValue: () => listener,
  };
  trace.setSpan(listener, silentSpan);
  return found;
}
