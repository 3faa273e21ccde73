import { AsyncLocalStorage } from 'node:async_hooks';
import { currentCall, resetTools, tool } from 'toolspan';
import { createTestObservability } from 'toolspan/testing';
import { runtime } from '../../src/pipeline/runtime.js';

/** As in a process in which nobody ever asked. */
beforeEach(() => {
  Object.assign(runtime.following, { isOn: false, isAsked: false });
  resetTools();
});

/** A tool that asks only when it is told to. */
const lazy = (name: string) => tool({ name }, async (asks: boolean) => (asks ? currentCall()?.tool : 'not asked'));

async function callTimes(times: number, called: (asks: boolean) => Promise<unknown>): Promise<void> {
  for (let call = 0; call < times; call++) await called(false);
}

const whether = { 'without telemetry': () => undefined, 'with telemetry': () => createTestObservability() };

describe.each(Object.entries(whether))('%s', (_, setUp) => {
  let seen: ReturnType<typeof createTestObservability> | undefined;
  beforeEach(() => (seen = setUp()));
  afterEach(() => seen?.dispose());

  test('who asks within the first thousand calls is answered, and from then on always', async () => {
    const asking = lazy('asking');
    await callTimes(999, asking);
    expect(await asking(true)).toBe('asking');
    await callTimes(2_000, asking);
    expect(await asking(true)).toBe('asking');
  });

  test('who asks first after a thousand calls hears nothing once, then the right answer', async () => {
    const late = lazy('late');
    await callTimes(1_000, late);
    expect(await late(true)).toBeUndefined();
    expect(await late(true)).toBe('late');
    expect(await late(true)).toBe('late');
  });

  test('one tool that asks has all tools followed, also those that had been given up', async () => {
    const [given, asking] = [lazy('given up'), lazy('asking')];
    await callTimes(1_500, given);
    await asking(true);
    expect(await given(true)).toBe('given up');
  });

  test('streams are learnt of in the same way', async () => {
    const stream = tool({ name: 'stream' }, async function* (asks: boolean) {
      yield asks ? currentCall()?.tool : 'not asked';
    });
    for (let call = 0; call < 1_000; call++) await stream(false).next();
    expect((await stream(true).next()).value).toBeUndefined();
    expect((await stream(true).next()).value).toBe('stream');
  });

  test('resetTools() begins anew', async () => {
    const late = lazy('late');
    await callTimes(1_500, late);
    resetTools();
    expect(await late(true)).toBe('late');
  });

  test('an inner tool that is no longer followed does not lend its caller’s call', async () => {
    const inner = lazy('inner');
    await callTimes(1_000, inner);
    const outer = tool({ name: 'outer' }, async (asks: boolean) => inner(asks));
    expect(await outer(true)).not.toBe('outer');
  });
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
    return inner(true);
  });
  const waiting = outer();
  await callTimes(1_001, inner);
  expect(runtime.following.isOn).toBe(false);
  go();
  expect(await waiting).not.toBe('outer');
});
