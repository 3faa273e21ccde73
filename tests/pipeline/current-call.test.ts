import { trace } from '@opentelemetry/api';
import { currentCall, resetTools, tool, Tool, traceToolExecution, type CurrentCall } from 'toolspan';
import { setTelemetry } from '../../src/pipeline/runtime.js';
import { observed, outcome } from '../support/observed.js';
import { callsIn } from '../streams/streaming.js';

const it = observed();

/** Lets the event loop turn. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What of it can be compared. */
function told(call: CurrentCall | undefined = currentCall()): unknown {
  return call && [call.namespace, call.tool, call.attempt];
}

class Web {
  @Tool({ name: 'fetch', namespace: 'web' })
  async fetch(log: unknown[]): Promise<unknown> {
    log.push(told());
    await turns(1);
    log.push(told());
    await Promise.all([1, 2].map(async () => log.push(told())));
    setImmediate(() => log.push(told()));
    await new Promise(setImmediate);
    return told();
  }

  @Tool('plain')
  plain(): unknown {
    return told();
  }
}

test('outside of tools there is no call', async () => {
  expect(currentCall()).toBeUndefined();
  await tool({ name: 'some' }, async () => 1)();
  expect(currentCall()).toBeUndefined();
});

test('it tells tool and namespace, at once, after waits, and in what was begun inside', async () => {
  const log: unknown[] = [];
  const expected = ['web', 'fetch', 0];
  expect(await new Web().fetch(log)).toEqual(expected);
  expect(log).toEqual(Array.from({ length: 5 }, () => expected));
});

test('a synchronous tool has it too, and gives it back afterwards', () => {
  expect(new Web().plain()).toEqual(['default', 'plain', 0]);
  expect(currentCall()).toBeUndefined();
});

test('a tool inside a tool has its own, then the outer one has its again', async () => {
  const inner = tool({ name: 'inner', retry: 1 }, async () => told());
  const outer = tool({ name: 'outer' }, async () => [told(), await inner(), told(), new Web().plain(), told()]);
  const own = ['default', 'outer', 0];
  expect(await outer()).toEqual([own, ['default', 'inner', 0], own, ['default', 'plain', 0], own]);
});

test('a hundred calls at once do not mix theirs up', async () => {
  const echo = tool({ name: 'echo' }, async (id: number) => {
    currentCall()!.setAttribute('app.id', id);
    await turns(id % 5);
    currentCall()!.setAttribute('app.id again', id);
    return currentCall()!.signal;
  });
  const aborts = Array.from({ length: 100 }, () => new AbortController());
  const signals = await Promise.all(aborts.map(({ signal }, id) => (echo as (...args: unknown[]) => Promise<unknown>)(id, signal)));
  expect(signals.every((signal, id) => signal === aborts[id]!.signal)).toBe(true);
  const ids = callsIn(it.seen).map(({ attributes }) => [attributes['app.id'], attributes['app.id again']]);
  expect(ids).toEqual(aborts.map((_, id) => [id, id]));
});

test('each attempt tells its number; what the first one left running still tells its own', async () => {
  const log: unknown[] = [];
  const late: unknown[] = [];
  const flaky = tool(
    { name: 'flaky', retry: { maxRetries: 2, baseDelay: 10 }, circuitBreaker: {}, rateLimited: { limit: 9, per: 1 } },
    async () => {
      const { attempt } = currentCall()!;
      log.push(attempt);
      void turns(5).then(() => late.push([attempt, currentCall()?.attempt]));
      await Promise.resolve();
      if (attempt < 2) throw new Error('again');
      return attempt;
    },
  );
  expect(await flaky()).toBe(2);
  await turns(20);
  expect(log).toEqual([0, 1, 2]);
  expect(late).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
});

test('what was taken in one attempt does not change with the next', async () => {
  const taken: CurrentCall[] = [];
  const flaky = tool({ name: 'flaky', retry: { maxRetries: 1, baseDelay: 0 } }, async () => {
    taken.push(currentCall()!);
    if (taken.length === 1) throw new Error('again');
  });
  await flaky();
  expect(taken.map(({ attempt }) => attempt)).toEqual([0, 1]);
});

test('the signal is the first argument that is one, or the first that has one as its signal', async () => {
  const signalled = tool({ name: 'signalled' }, async (..._: unknown[]) => currentCall()!.signal);
  const [{ signal: one }, { signal: other }] = [new AbortController(), new AbortController()];
  expect(await signalled('a', one, other)).toBe(one);
  expect(await signalled({ signal: one }, other)).toBe(one);
  expect(await signalled(null, undefined, { signal: 'none' }, { nested: { signal: one } }, { signal: other })).toBe(other);
  expect(await signalled(new Request('http://localhost', { signal: one }))).toBeDefined();
  expect(await signalled('a', { deep: one })).toBeUndefined();
});

test('setAttribute() writes on the call’s span, not on the attempt’s nor on the user’s own', async () => {
  const marked = tool({ name: 'marked', retry: 1 }, async () =>
    trace.getTracer('user').startActiveSpan('own', (span) => {
      currentCall()!.setAttribute('app.rows', 3);
      currentCall()!.setAttribute('app.tags', ['a', 'b']);
      span.end();
    }),
  );
  await marked();
  const marks = it.seen.spans.map(({ name, attributes }) => [name, attributes['app.rows'], attributes['app.tags']]);
  expect(marks[0]).toEqual(['tool.execute', 3, ['a', 'b']]);
  expect(marks.slice(1).every(([, rows]) => rows === undefined)).toBe(true);
});

test('setAttribute() in every step of a stream writes on its span; after the end it does nothing', async () => {
  let taken: CurrentCall | undefined;
  const stream = tool({ name: 'stream' }, async function* () {
    taken = currentCall();
    currentCall()!.setAttribute('app.first', 1);
    yield 1;
    currentCall()!.setAttribute('app.second', 2);
  });
  for await (const _ of stream()) expect(currentCall()).toBeUndefined();
  taken!.setAttribute('app.late', 3);
  expect(it.seen.spans[0]!.attributes).toMatchObject({ 'app.first': 1, 'app.second': 2 });
  expect(it.seen.spans[0]!.attributes).not.toHaveProperty(['app.late']);
});

test('code traced by hand is a call of its own, then the tool around it has its again', async () => {
  const outer = tool({ name: 'outer' }, async () => [traceToolExecution('by hand', { namespace: 'own' }, () => told()), told()]);
  expect(await outer()).toEqual([
    ['own', 'by hand', 0],
    ['default', 'outer', 0],
  ]);
  const late = await traceToolExecution('by hand', async () => {
    await turns(1);
    currentCall()!.setAttribute('app.rows', 3);
    return told();
  });
  expect(late).toEqual(['default', 'by hand', 0]);
  expect(callsIn(it.seen).at(-1)!.attributes['app.rows']).toBe(3);
});

test('without telemetry it tells the same, and setAttribute() does nothing', async () => {
  setTelemetry(undefined);
  const plain = tool({ name: 'plain' }, async () => {
    currentCall()!.setAttribute('app.rows', 3);
    return told();
  });
  expect(await plain()).toEqual(['default', 'plain', 0]);
  const retrying = tool({ name: 'retrying', retry: { maxRetries: 1, baseDelay: 0 } }, async () => {
    if (currentCall()!.attempt === 0) throw new Error('again');
    return told();
  });
  expect(await retrying()).toEqual(['default', 'retrying', 1]);
  expect(currentCall()).toBeUndefined();
});

test('resetTools() while a call is under way leaves it its own', async () => {
  const resetting = tool({ name: 'resetting' }, async () => {
    resetTools();
    await turns(1);
    return told();
  });
  expect(await resetting()).toEqual(['default', 'resetting', 0]);
  expect(await resetting()).toEqual(['default', 'resetting', 0]);
});

test('a call that was refused, served from the cache or joined another leaves nothing behind', async () => {
  const cached = tool({ name: 'cached', cached: '1m' }, async () => told());
  expect(await Promise.all([cached(), cached()])).toEqual([
    ['default', 'cached', 0],
    ['default', 'cached', 0],
  ]);
  await cached();
  expect(currentCall()).toBeUndefined();
  const limited = tool({ name: 'limited', rateLimited: { limit: 1, per: '1m' } }, async () => told());
  await Promise.all([outcome(limited()), outcome(limited())]);
  expect(currentCall()).toBeUndefined();
});
