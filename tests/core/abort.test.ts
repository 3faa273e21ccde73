import { runInNewContext } from 'node:vm';
import { isAbortSignal, signalOf } from '../../src/core/abort.js';
import { fakeCall } from '../support/fake-call.js';

describe('signalOf', () => {
  it('finds a signal among the arguments, wherever it stands', () => {
    const { signal } = new AbortController();
    expect(signalOf(fakeCall([signal]))).toBe(signal);
    expect(signalOf(fakeCall(['query', 10, signal]))).toBe(signal);
  });

  it('finds a signal that an argument carries as its `signal`', () => {
    const { signal } = new AbortController();
    expect(signalOf(fakeCall(['query', { signal }]))).toBe(signal);
  });

  it('takes the first of several', () => {
    const first = new AbortController().signal;
    const second = new AbortController().signal;
    expect(signalOf(fakeCall([first, { signal: second }]))).toBe(first);
    expect(signalOf(fakeCall([{ signal: second }, first]))).toBe(second);
  });

  it.each([[[]], [['signal']], [[null, undefined, 0]], [[{ signal: 'stop' }]], [[{ options: { signal: new AbortController().signal } }]]])(
    'finds none in %p',
    (args) => {
      expect(signalOf(fakeCall(args))).toBeUndefined();
    },
  );

  it('leaves a `signal` getter that throws to the tool', () => {
    const trap = {
      get signal(): never {
        throw new Error('trap');
      },
    };
    const { signal } = new AbortController();
    expect(signalOf(fakeCall([trap]))).toBeUndefined();
    expect(signalOf(fakeCall([trap, signal]))).toBe(signal);
  });

  it('leaves an argument that cannot even be looked at to the tool', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(signalOf(fakeCall([proxy]))).toBeUndefined();
  });
});

describe('isAbortSignal', () => {
  it('knows a signal of another realm by its tag', () => {
    const foreign: unknown = runInNewContext('({ aborted: false, [Symbol.toStringTag]: "AbortSignal" })');
    expect(isAbortSignal(foreign)).toBe(true);
  });

  it.each([[undefined], [null], ['AbortSignal'], [{}], [new AbortController()], [{ aborted: true }]])(
    'does not take %p for one',
    (value) => {
      expect(isAbortSignal(value)).toBe(false);
    },
  );
});
