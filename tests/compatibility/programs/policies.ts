// What all policies do, without telemetry.
import assert from 'node:assert/strict';
import { CircuitOpenError, describeTool, listTools, RateLimitError, tool, ToolError, ToolRefusedError } from 'toolspan';
import { runChecks } from './run-checks.js';
import { Calculator, Web } from './toolbox.js';

const web = new Web();

function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => error,
  );
}

runChecks({
  'a result is served again for equal arguments': async () => {
    assert.equal(await web.fetchPage('a'), 'page at a');
    assert.equal(await new Web().fetchPage('a'), 'page at a');
    assert.equal(web.runs, 1);
  },
  'concurrent misses run the method once': async () => {
    web.runs = 0;
    const pages = await Promise.all([web.fetchPage('b'), web.fetchPage('b'), web.fetchPage('b')]);
    assert.deepEqual([pages, web.runs], [['page at b', 'page at b', 'page at b'], 1]);
  },
  'a method that fails runs again': async () => {
    Object.assign(web, { runs: 0, failures: 2 });
    assert.equal(await web.fetchPage('c'), 'page at c');
    assert.equal(web.runs, 3);
  },
  'the error of the last attempt is thrown as it is': async () => {
    Object.assign(web, { runs: 0, failures: 3 });
    await assert.rejects(web.fetchPage('d'), { name: 'TypeError', message: 'not yet' });
    assert.equal(web.runs, 3);
  },
  'a circuit that opens ends the retries, with the last error as the cause': async () => {
    web.runs = 0;
    const error = await refusal(web.fragile(true));
    assert.ok(
      error instanceof CircuitOpenError && error instanceof ToolRefusedError && error instanceof ToolError && error instanceof Error,
    );
    assert.deepEqual([error.code, error.tool, error.namespace], ['CIRCUIT_OPEN', 'fragile', 'web']);
    assert.equal((error.cause as Error).message, 'down');
    assert.ok(error.retryAfterMs! > 29_000 && error.retryAfterMs! <= 30_000);
    assert.equal(web.runs, 2);
  },
  'an open circuit refuses without running the method': async () => {
    web.runs = 0;
    const error = await refusal(web.fragile(false));
    assert.ok(error instanceof CircuitOpenError && error.cause === undefined);
    assert.equal(web.runs, 0);
  },
  'a call over the limit is refused': async () => {
    await web.limited();
    await web.limited();
    const error = await refusal(web.limited());
    assert.ok(error instanceof RateLimitError && !(error instanceof CircuitOpenError));
    assert.deepEqual([error.code, error.reason], ['RATE_LIMITED', 'tool_limit']);
    assert.ok(error.retryAfterMs! > 1_700_000 && error.retryAfterMs! <= 1_800_000);
  },
  'a method without policies stays synchronous': () => assert.equal(web.add(1, 2), 3),
  'a stream is a tool, and knows in each step which one': async () => {
    const chunks = [];
    for await (const chunk of web.pages()) chunks.push(chunk);
    assert.deepEqual(chunks, ['the first', 'pages']);
  },
  'the execute of a class is a tool': async () => {
    const calculator = new Calculator();
    assert.equal(await calculator.execute({ a: 2, b: 3 }), 6);
    assert.equal(await calculator.execute({ b: 3, a: 2 }), 6);
    assert.equal(calculator.runs, 1);
  },
  'a function is a tool with the same policies': async () => {
    let runs = 0;
    const search = tool({ name: 'search', cached: '5m', retry: { baseDelay: 0 } }, async (query: string) => {
      runs += 1;
      if (runs === 1) throw new Error('not yet');
      return [query];
    });
    assert.deepEqual([await search('x'), await search('x'), runs], [['x'], ['x'], 2]);
  },
  'tools tell what applies to them, outermost first': () => {
    const { name, namespace, description, policies } = describeTool(web, 'fetchPage');
    assert.deepEqual({ name, namespace, description }, { name: 'fetch', namespace: 'web', description: 'fetches a page' });
    assert.deepEqual(
      policies.map((policy) => policy.name),
      ['cached', 'rateLimited', 'retry', 'circuitBreaker'],
    );
    assert.deepEqual(
      listTools()
        .map((one) => one.name)
        .sort(),
      ['add', 'calculator', 'fetch', 'fragile', 'limited', 'pages', 'search'],
    );
  },
  'name and length of a method are kept': () => assert.deepEqual([web.fetchPage.name, web.fetchPage.length], ['fetchPage', 1]),
});
