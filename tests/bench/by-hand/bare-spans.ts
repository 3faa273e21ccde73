import { ROOT_CONTEXT, trace, type Attributes, type Context } from '@opentelemetry/api';

/** The tracer of the floor. */
export const FLOOR = 'floor';

const tracer = trace.getTracer(FLOOR);

// Made once: what is to be measured is the SDK, not the making of literals.
const CALL = {
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': 'find',
  'gen_ai.tool.type': 'function',
  'tool.name': 'find',
  'tool.namespace': 'bench',
};
const CALL_ENDED = { 'tool.duration_ms': 0.02, 'tool.cached': false, 'tool.success': true };
const LOOKUP = { 'tool.name': 'find', 'cache.operation': 'lookup', 'cache.hit': false };
const LIMIT = { 'tool.name': 'find', 'rate_limit.allowed': true };
const CIRCUIT = { 'tool.name': 'find', 'circuit.state': 'CLOSED', 'circuit.failure_count': 0 };
const ATTEMPT = { 'tool.name': 'find', 'retry.attempt': 0, 'retry.max_attempts': 3 };
const EXECUTION = { 'tool.name': 'find', 'tool.namespace': 'bench' };
const SET = { 'tool.name': 'find', 'cache.operation': 'set', 'cache.ttl': 300 };

/** The spans of one miss and their attributes, and nothing else: no policy, no count, no context for the user's code, no promise. */
export function bareSpans(): void {
  const call = tracer.startSpan('tool.execute', { attributes: CALL }, ROOT_CONTEXT);
  const inCall = trace.setSpan(ROOT_CONTEXT, call);
  step('tool.cache.lookup', LOOKUP, inCall);
  step('tool.rate_limit.check', LIMIT, inCall);
  step('tool.circuit_breaker.check', CIRCUIT, inCall);

  const attempt = tracer.startSpan('tool.retry.attempt', { attributes: ATTEMPT }, inCall);
  const execution = tracer.startSpan('tool.execute', { attributes: EXECUTION }, trace.setSpan(inCall, attempt));
  execution.setAttributes(CALL_ENDED);
  execution.end();
  attempt.setAttribute('retry.success', true);
  attempt.end();

  step('tool.cache.set', SET, inCall);
  call.setAttributes(CALL_ENDED);
  call.end();
}

function step(name: string, attributes: Attributes, context: Context): void {
  tracer.startSpan(name, { attributes }, context).end();
}
