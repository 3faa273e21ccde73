/** The programs in the folder beside this file; each is run in every mode of decorators and as ES module and CommonJS. */
export const PROGRAMS = [
  { name: 'policies', spans: [] },
  { name: 'test-clock', spans: [] },
  { name: 'copies', spans: [] },
  {
    name: 'telemetry',
    spans: [
      // Fails once, is run again, and is cached.
      'tool.execute web.fetch ok',
      '  tool.cache.lookup miss',
      '  tool.rate_limit.check allowed',
      '  tool.circuit_breaker.check CLOSED 0',
      '  tool.retry.attempt 0/2 failed',
      '    tool.execute web.fetch TypeError',
      '      my own',
      '  tool.circuit_breaker.check CLOSED 1',
      '  tool.retry.attempt 1/2 ok',
      '    tool.execute web.fetch ok',
      '      my own',
      '  tool.cache.set 300 s',
      'tool.execute web.fetch ok cached',
      '  tool.cache.lookup hit',
      // Opens its circuit while it is run again.
      'tool.execute web.fragile CircuitOpenError',
      '  tool.circuit_breaker.check CLOSED 0',
      '  tool.retry.attempt 0/5 failed',
      '    tool.execute web.fragile Error',
      '  tool.circuit_breaker.check CLOSED 1',
      '  tool.retry.attempt 1/5 failed',
      '    tool.execute web.fragile Error',
      '  tool.circuit_breaker.check OPEN 2',
      // One call more than its limit.
      'tool.execute web.limited ok',
      '  tool.rate_limit.check allowed',
      'tool.execute web.limited ok',
      '  tool.rate_limit.check allowed',
      'tool.execute web.limited RateLimitError',
      '  tool.rate_limit.check tool_limit',
      // A stream: what it does between two chunks is within it.
      'tool.execute web.pages ok 2 chunks',
      '  my own',
      'tool.execute web.add ok',
      'tool.execute default.calculator ok',
      '  tool.cache.lookup miss',
      '  tool.cache.set 300 s',
      'tool.execute default.by-hand ok',
      '  tool.execute web.add ok',
      // After a shutdown, one untraced call, and another set-up.
      'tool.execute web.add ok',
    ],
  },
  ...['--import', '--require'].map((flag) => ({
    name: 'register',
    nodeArguments: [flag, 'toolspan/register'],
    spans: ['tool.execute web.add ok', 'tool.execute default.calculator ok', '  tool.cache.lookup miss', '  tool.cache.set 300 s'],
  })),
];
