import type { Attributes } from '../core/attributes.js';
import { Call, silentObserver, type Run, type ToolIdentity } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import { checkOptions, nonEmptyText, plainObject, shown, type Rules } from '../core/options.js';
import type { Span } from '../core/span.js';
import { silentSpan } from '../core/silent-span.js';
import { streamsOf } from './entry.js';
import { carried, isGivenUp, learn } from './following.js';
import { runtime } from './runtime.js';
import { watchedCall } from './watched.js';

/** What `traceToolExecution` may be told besides the name. */
export interface TraceToolOptions {
  /** Default: `default`. */
  namespace?: string;
  /** Set on the span as they are. */
  attributes?: Attributes;
}

const rules: Rules<TraceToolOptions> = { namespace: nonEmptyText, attributes: plainObject };

/**
 * Instruments a piece of code by hand: the same `tool.execute` span and the same metrics as for a decorated tool, without
 * policies. `body` gets the span; its result is returned as it is, so a synchronous body stays synchronous. Without
 * telemetry the body just runs, with a span that records nothing.
 * @throws ConfigurationError on an empty name or an unknown option; otherwise whatever `body` throws, untouched.
 */
export function traceToolExecution<T>(name: string, options: TraceToolOptions, body: (span: Span) => T): T;
export function traceToolExecution<T>(name: string, body: (span: Span) => T): T;
export function traceToolExecution<T>(name: string, ...rest: [TraceToolOptions, (span: Span) => T] | [(span: Span) => T]): T {
  const body = rest[rest.length - 1];
  const { namespace = 'default', attributes } = rest.length === 2 ? checked(name, rest[0]) : ({} as TraceToolOptions);
  if (nonEmptyText.parse(name) === undefined)
    throw new ConfigurationError(`traceToolExecution: name must be ${nonEmptyText.allowed}, got ${shown(name)}`);
  if (typeof body !== 'function') throw new ConfigurationError(`traceToolExecution "${name}": body must be a function, got ${shown(body)}`);
  const { telemetry } = runtime;
  const identity = { name, namespace };
  learnByHand();
  if (!telemetry) return runCarried(identity, body);
  const observer = telemetry.observe({ ...identity, attributes, hasCache: false, hasRateLimit: false, hasCircuit: false });
  const trace: Run = (call) => body(telemetry.spanOf(call));
  const row = watchedCall(streamsOf(observer), carried(trace));
  return row(new Call(identity, body, undefined, [], observer)) as T;
}

/** As for a tool: all that is traced by hand together counts as one. */
function learnByHand(): void {
  if (!runtime.following.isTracedByHand) learn();
  runtime.following.isTracedByHand = true;
  isGivenUp();
}

function runCarried<T>(identity: ToolIdentity, body: (span: Span) => T): T {
  const run: Run = () => body(silentSpan);
  return carried(run)(new Call(identity, body, undefined, [], silentObserver)) as T;
}

function checked(name: string, options: unknown): Partial<TraceToolOptions> {
  return checkOptions({ title: `traceToolExecution ${shown(name)}`, tool: String(name), namespace: 'default' }, rules, options);
}
