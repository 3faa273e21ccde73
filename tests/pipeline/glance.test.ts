import { currentCall, resetTools, RateLimitError, tool } from 'toolspan';
import { runtime } from '../../src/pipeline/runtime.js';
import { outcome } from '../support/observed.js';
import { warningsOf } from '../support/warnings.js';

const warnings = warningsOf();

/** Nobody watches and nobody asks which call runs: then the cache is looked into before there is a call. */
beforeEach(() => {
  Object.assign(runtime.following, { isOn: false, isAsked: false });
  resetTools();
});

/** Makes calls until no first asker of `currentCall` is expected any more. */
async function warm<Tool extends (...args: never[]) => Promise<unknown>>(made: Tool): Promise<Tool> {
  const idle = tool({ name: 'idle' }, async () => undefined);
  runtime.following.isOn = false;
  for (let call = 0; call < 1_010; call++) await idle();
  return made;
}

test.each([[undefined], [null], [0], [''], [false], [{ deep: true }]])(
  'gives the stored result, %p as well, without a run',
  async (value) => {
    let runs = 0;
    const call = await warm(
      tool({ name: 'warm', cached: {} }, async () => {
        runs += 1;
        return value;
      }),
    );
    expect([await call(), await call(), await call()]).toEqual([value, value, value]);
    expect(runs).toBe(1);
  },
);

test('gives an error that was kept as an error', async () => {
  let runs = 0;
  const down = new Error('down');
  const call = await warm(
    tool({ name: 'warm', cached: { errorTtl: () => 60_000 } }, async () => {
      runs += 1;
      throw down;
    }),
  );
  expect([await outcome(call()), await outcome(call())]).toEqual([down, down]);
  expect(runs).toBe(1);
});

test('gives copies where they are asked for', async () => {
  const call = await warm(tool({ name: 'warm', cached: { clone: true } }, async () => ({ items: [1] })));
  const [first, second, third] = [await call(), await call(), await call()];
  expect(second).toEqual(first);
  expect(new Set([first, second, third]).size).toBe(3);
});

test('does not give what is over', async () => {
  let runs = 0;
  const call = await warm(tool({ name: 'warm', cached: { ttl: 1 } }, async () => ++runs));
  await call();
  const began = performance.now();
  while (performance.now() - began < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await call()).toBe(2);
});

test('asks `key` once for each call, on the receiver, and it may ask which call that is', async () => {
  const asked: unknown[] = [];
  const key = function (this: unknown, user: string) {
    asked.push([this, user, currentCall()?.tool]);
    return user;
  };
  const call = await warm(tool({ name: 'warm', cached: { key } }, async (user: string) => user));
  await call('ada');
  expect(asked).toEqual([[undefined, 'ada', 'warm']]);
  await call('ada');
  await call('bob');
  expect(asked.map((one) => (one as unknown[])[2])).toEqual(['warm', 'warm', 'warm']);
  expect(currentCall()).toBeUndefined();
});

test('keeps calls apart that are made while another one is looked up', async () => {
  const runs: string[] = [];
  let inner: Promise<string> | undefined;
  const key = (user: string): string => {
    if (user === 'outer') inner ??= call('inner');
    return user;
  };
  const call = await warm(
    tool({ name: 'warm', cached: { key } }, async (user: string): Promise<string> => {
      runs.push(user);
      return `of ${user}`;
    }),
  );
  expect(await call('outer')).toBe('of outer');
  expect([await inner, await call('inner'), await call('outer')]).toEqual(['of inner', 'of inner', 'of outer']);
  expect(runs.sort()).toEqual(['inner', 'outer']);
});

test('goes without the cache where `key` throws or gives no key, and says so once', async () => {
  let runs = 0;
  const key = (user: string): string | undefined => {
    if (user === 'ada') throw new Error('no name');
    return undefined;
  };
  const call = await warm(tool({ name: 'warm', cached: { key } }, async (user: string) => `${user} ${++runs}`));
  expect([await call('ada'), await call('ada'), await call('bob'), await call('bob')]).toEqual(['ada 1', 'ada 2', 'bob 3', 'bob 4']);
  expect(warnings).toEqual(['tool "warm": cached.key failed (no name); its calls go on without it']);
});

test('costs no token, and answers while the circuit is open', async () => {
  let runs = 0;
  const call = await warm(
    tool(
      { name: 'warm', cached: {}, rateLimited: { limit: 1, per: '1h' }, circuitBreaker: {} },
      async (word: string) => `${word} ${++runs}`,
    ),
  );
  expect([await call('one'), await call('one'), await call('one')]).toEqual(['one 1', 'one 1', 'one 1']);
  expect(await outcome(call('other'))).toBeInstanceOf(RateLimitError);
});
