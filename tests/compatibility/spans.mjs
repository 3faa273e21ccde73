import assert from 'node:assert/strict';

const EXECUTION = ['tool.name', 'tool.namespace', 'tool.duration_ms', 'tool.cached', 'tool.success'];
const FAILURE = ['tool.error', 'error.type'];
const GEN_AI = ['gen_ai.operation.name', 'gen_ai.tool.name', 'gen_ai.tool.type'];
const STREAM = ['tool.stream.outcome', 'tool.stream.chunks', 'tool.stream.time_to_first_chunk_ms'];

// What the contract says of each span: the attributes it has, those it may have, and how a line tells of it below.
const SPANS = {
  'tool.execute': {
    has: [...EXECUTION, ...GEN_AI],
    // The last one is what the tools here have of their own.
    may: [...FAILURE, ...STREAM, 'gen_ai.tool.description', 'team'],
    tell: tellExecution,
  },
  'an attempt': { has: EXECUTION, may: FAILURE, tell: tellExecution },
  'tool.cache.lookup': { has: ['tool.name', 'cache.operation', 'cache.hit'], tell: (a) => (a['cache.hit'] ? 'hit' : 'miss') },
  'tool.cache.set': { has: ['tool.name', 'cache.operation', 'cache.ttl'], tell: (a) => `${a['cache.ttl']} s` },
  'tool.rate_limit.check': {
    has: ['tool.name', 'rate_limit.allowed'],
    may: ['rate_limit.reason'],
    tell: (a) => a['rate_limit.reason'] ?? 'allowed',
  },
  'tool.circuit_breaker.check': {
    has: ['tool.name', 'circuit.state', 'circuit.failure_count'],
    tell: (a) => `${a['circuit.state']} ${a['circuit.failure_count']}`,
  },
  'tool.retry.attempt': {
    has: ['tool.name', 'retry.attempt', 'retry.max_attempts', 'retry.success'],
    tell: (a) => `${a['retry.attempt']}/${a['retry.max_attempts']} ${a['retry.success'] ? 'ok' : 'failed'}`,
  },
};

/** Checks all spans, told as a tree, against what is expected, and each of ours against the contract. */
export function checkSpans(spans, expected, version) {
  assert.deepEqual(outline(spans), expected, new MismatchError(outline(spans), expected));
  const nameOf = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  for (const span of spans.filter(({ name }) => name in SPANS)) {
    const isAttempt = span.name === 'tool.execute' && nameOf.get(span.parentSpanId) === 'tool.retry.attempt';
    checkSpan(span, isAttempt ? 'an attempt' : span.name, version);
  }
}

function checkSpan({ kind, attributes, scope, resource, status, events = [] }, what, version) {
  assert.deepEqual([scope.name, scope.version, kind], ['toolspan', version, 'SPAN_KIND_INTERNAL'], `scope and kind of ${what}`);
  assert.equal(resource['service.name'], 'compatibility', `the service of ${what}`);

  const { has, may = [] } = SPANS[what];
  const given = Object.keys(attributes);
  const missing = has.filter((key) => !given.includes(key));
  const unknown = given.filter((key) => ![...has, ...may].includes(key));
  assert.deepEqual({ missing, unknown }, { missing: [], unknown: [] }, `attributes of ${what}: missing ${missing}, unknown ${unknown}`);

  const failed = attributes['tool.success'] === false || attributes['retry.success'] === false;
  assert.equal(status.code === 'STATUS_CODE_ERROR', failed, `the status of ${what}, which ${failed ? 'failed' : 'did not fail'}`);
  const hasException = events.some((event) => event.name === 'exception');
  if ('tool.success' in attributes) assert.equal(hasException, failed, `the exception of ${what}`);
}

/** Both outlines in full: node:assert leaves out the lines that a reader needs. */
class MismatchError extends Error {
  constructor(actual, expected) {
    super(`these spans arrived:\n${actual.join('\n')}\ninstead of:\n${expected.join('\n')}`);
  }
}

/** Names and what they tell, indented by depth, in the order in which the spans started; of equal starts, in that of their arrival. */
function outline(spans) {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent, indent) =>
    spans
      .filter(({ parentSpanId }) => (known.has(parentSpanId) ? parentSpanId : undefined) === parent)
      .sort((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)))
      .flatMap((span) => [`${indent}${line(span)}`, ...below(span.spanId, `${indent}  `)]);
  return below(undefined, '');
}

function line({ name, attributes }) {
  return [name, SPANS[name]?.tell(attributes)].filter(Boolean).join(' ');
}

function tellExecution(a) {
  const outcome = [a['tool.success'] ? 'ok' : a['error.type'], a['tool.cached'] && 'cached'];
  const chunks = 'tool.stream.chunks' in a && `${a['tool.stream.chunks']} chunks`;
  return [`${a['tool.namespace']}.${a['tool.name']}`, ...outcome, chunks].filter(Boolean).join(' ');
}
