import { tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';

const at = observed();

const forbidding = (thrown: Error): object =>
  new Proxy(
    {},
    new Proxy(
      {},
      {
        get: () => () => {
          throw thrown;
        },
      },
    ),
  );
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

test.each([
  ['a revoked proxy', revoked],
  ['a proxy that forbids to look', () => forbidding(new Error('no look'))],
  ['an error whose headers forbid to look', () => Object.assign(new Error('down'), { headers: revoked(), status: 503 })],
  ['an error whose response forbids to look', () => Object.assign(new Error('down'), { response: forbidding(new Error('no')) })],
])('%s as an error ends the call like any other', async (_what, make) => {
  const thrown = make();
  let runs = 0;
  const act = tool(
    { name: 'act', cached: { staleIfError: '1m' }, retry: { maxRetries: 1, baseDelay: 0 }, circuitBreaker: {}, fallback: () => 'instead' },
    async () => {
      runs += 1;
      throw thrown;
    },
  );
  expect(await act()).toBe('instead');
  expect(runs).toBe(2);
  expect(at.seen.metric('tool_calls_in_flight', { tool: 'act' })).toBe(0);
});

test.each([
  ['calls back twice', (resolve: (value: unknown) => void) => [resolve('once'), resolve('twice')], 'once'],
  [
    'calls back, then throws',
    (resolve: (value: unknown) => void) => {
      resolve('once');
      throw new Error('late');
    },
    'once',
  ],
  [
    'throws',
    () => {
      throw new Error('no then');
    },
    'no then',
  ],
])('a promise with a `then` of its own that %s is told of once', async (_what, then, expected) => {
  const act = tool({ name: 'act', bulkhead: 1, retry: 0 }, async () => 'never');
  const odd = tool(
    { name: 'odd', bulkhead: 1, retry: { maxRetries: 0 } },
    () => Object.assign(Promise.resolve('plain'), { then }) as Promise<unknown>,
  );
  const answers = [await outcome(odd()), await outcome(odd())].map((answer) => (answer instanceof Error ? answer.message : answer));
  expect(answers).toEqual([expected, expected]); // the place was given back
  expect(await act()).toBe('never');
});

test('who joins a run with a signal that is aborted already gets its reason, and nothing goes unheard when the run fails', async () => {
  const unheard = jest.fn();
  process.on('unhandledRejection', unheard);
  const act = tool({ name: 'act', cached: '1m' }, async (_key: string, _signal?: AbortSignal) => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error('down');
  });
  const gone = new Error('gone');
  const both = [outcome(act('a')), outcome(act('a', AbortSignal.abort(gone)))];
  expect((await Promise.all(both)).map((error) => (error as Error).message)).toEqual(['down', 'gone']);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', unheard);
  expect(unheard).not.toHaveBeenCalled();
});

test('streams are not asked about: neither retryResult nor countIf sees one, and none is dropped', async () => {
  const asked = jest.fn(() => true);
  const stream = tool(
    {
      name: 'stream',
      retry: { maxRetries: 2, retryResult: asked },
      circuitBreaker: { failureThreshold: 1, countIf: (e) => !(e as { ok?: boolean }).ok && asked() },
      bulkhead: 1,
    },
    async function* () {
      yield 1;
      yield 2;
    },
  );
  for (let time = 0; time < 2; time++) {
    const chunks: number[] = [];
    for await (const chunk of stream()) chunks.push(chunk);
    expect(chunks).toEqual([1, 2]);
  }
  expect(asked).not.toHaveBeenCalled();
});
