import { AsyncLocalStorage } from 'node:async_hooks';
import { currentCall, resetTools, tool } from 'toolspan';
import { createTestObservability } from 'toolspan/testing';
import { runtime } from '../../src/pipeline/runtime.js';

/** As in a process in which nobody ever asked. */
beforeEach(() => {
  Object.assign(runtime.following, { isOn: false, isAsked: false });
  resetTools();
});

type When = 'never' | 'at once' | 'after a wait' | 'both times';

/** A tool that asks only when it is told to. */
const lazy = (name: string) =>
  tool({ name }, async (asks: When) => {
    const atOnce = asks === 'at once' || asks === 'both times' ? currentCall()?.tool : undefined;
    await Promise.resolve();
    return asks === 'after a wait' || asks === 'both times' ? currentCall()?.tool : atOnce;
  });

async function callTimes(times: number, called: (asks: When) => Promise<unknown>): Promise<void> {
  for (let call = 0; call < times; call++) await called('never');
}

const whether = { 'without telemetry': () => undefined, 'with tracing': () => createTestObservability() };

describe.each(Object.entries(whether))('%s', (_, setUp) => {
  let seen: ReturnType<typeof createTestObservability> | undefined;
  beforeEach(() => (seen = setUp()));
  afterEach(() => seen?.dispose());

  test.each<When>(['at once', 'after a wait', 'both times'])(
    'who asks %s within the first thousand calls is answered, and from then on always',
    async (when) => {
      const asking = lazy('asking');
      await callTimes(999, asking);
      expect(await asking(when)).toBe('asking');
      await callTimes(2_000, asking);
      expect(await asking('after a wait')).toBe('asking');
    },
  );

  test.each<When>(['at once', 'both times'])('who asks %s, and first after a thousand calls, is answered, too', async (when) => {
    const late = lazy('late');
    await callTimes(1_500, late);
    expect(await late(when)).toBe('late');
    expect(await late('after a wait')).toBe('late');
  });

  test('after the first question, what began outside of tools is outside of tools', async () => {
    await callTimes(1_500, lazy('given up'));
    const [inner, outer] = [
      tool({ name: 'inner' }, () => currentCall()?.tool),
      tool({ name: 'outer' }, () => [inner(), currentCall()?.tool]),
    ];
    await callTimes(1_500, lazy('given up again'));
    expect(outer()).toEqual(['inner', 'outer']);
    expect(currentCall()).toBeUndefined();
    await Promise.resolve();
    expect(currentCall()).toBeUndefined();
  });

  test('one tool that asks has all tools followed, also those that had been given up', async () => {
    const [given, asking] = [lazy('given up'), lazy('asking')];
    await callTimes(1_500, given);
    await asking('at once');
    expect(await given('after a wait')).toBe('given up');
  });

  test('resetTools() begins anew', async () => {
    const late = lazy('late');
    await callTimes(1_500, late);
    resetTools();
    expect(await late('after a wait')).toBe('late');
  });

  test('an inner tool that is no longer followed does not lend its caller’s call', async () => {
    const inner = lazy('inner');
    await callTimes(1_000, inner);
    const outer = tool({ name: 'outer' }, async (asks: When) => inner(asks));
    expect(await outer('after a wait')).not.toBe('outer');
  });

  test('callbacks of policies and attempts are told what is true of them', async () => {
    await callTimes(1_500, lazy('given up'));
    const asked: unknown[] = [];
    const told = () => asked.push([currentCall()?.tool, currentCall()?.attempt]);
    const key = (id: number) => {
      told();
      return id;
    };
    const flaky = tool({ name: 'flaky', cached: { key }, retry: { maxRetries: 1, baseDelay: 0 } }, async (id: number) => {
      if (told() === 2) throw new Error('again');
      return id;
    });
    await flaky(1);
    expect(asked).toEqual([
      ['flaky', 0],
      ['flaky', 0],
      ['flaky', 1],
    ]);
  });
});

describe('without tracing', () => {
  test('who asks first after a wait, and after a thousand calls, hears nothing once, then the right answer', async () => {
    const late = lazy('late');
    await callTimes(1_000, late);
    expect(await late('after a wait')).toBeUndefined();
    expect(await late('after a wait')).toBe('late');
    expect(await late('after a wait')).toBe('late');
  });

  test('the steps of streams are learnt of in the same way', async () => {
    const stream = tool({ name: 'stream' }, async function* (asks: boolean) {
      yield asks ? currentCall()?.tool : 'not asked';
    });
    for (let call = 0; call < 1_000; call++) await stream(false).next();
    expect((await stream(true).next()).value).toBeUndefined();
    expect((await stream(true).next()).value).toBe('stream');
  });
});

test('with tracing, every step of every stream is answered', async () => {
  const seen = createTestObservability();
  const stream = tool({ name: 'stream' }, async function* (asks: boolean) {
    yield asks ? currentCall()?.tool : 'not asked';
  });
  for (let call = 0; call < 1_500; call++) await stream(false).next();
  expect((await stream(true).next()).value).toBe('stream');
  seen.dispose();
});

test('calls are carried along until a thousand went by since a tool was new', async () => {
  const disable = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
  const [one, other] = [lazy('one'), lazy('other')];
  await callTimes(900, one);
  await callTimes(500, other);
  await callTimes(500, one);
  expect(runtime.following.isOn).toBe(true);
  await callTimes(1, one);
  expect(runtime.following.isOn).toBe(false);
  expect(disable).toHaveBeenCalledTimes(1);
  await callTimes(1, lazy('new'));
  expect(runtime.following.isOn).toBe(true);
  disable.mockRestore();
});

test('a call that began while calls were carried along does not stand for a tool inside it that is not', async () => {
  const inner = lazy('inner');
  let go!: () => void;
  const gate = new Promise<void>((resolve) => (go = resolve));
  const outer = tool({ name: 'outer' }, async () => {
    await gate;
    return inner('after a wait');
  });
  const waiting = outer();
  await callTimes(1_001, inner);
  expect(runtime.following.isOn).toBe(false);
  go();
  expect(await waiting).not.toBe('outer');
});

test('a call that goes on after calls were given up does not have them carried along again', async () => {
  let goOn!: () => void;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let attempts = 0;
  const retried = tool({ name: 'retried', retry: { maxRetries: 1, baseDelay: 0 } }, async () => {
    attempts += 1;
    if (attempts > 1) return 'second';
    await held;
    throw new Error('first');
  });
  const answer = retried();
  await callTimes(2_000, lazy('others'));
  const enter = jest.spyOn(runtime.following.carrier, 'run');
  goOn();
  expect(await answer).toBe('second');
  expect(enter).not.toHaveBeenCalled();
  enter.mockRestore();
});
