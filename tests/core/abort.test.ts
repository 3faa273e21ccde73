import { runInNewContext } from 'node:vm';
import { isAbort, isAbortSignal, signalOf } from '../../src/core/abort.js';
import { fakeCall } from '../support/fake-call.js';

const abortError = (): Error => Object.assign(new Error('stopped'), { name: 'AbortError' });

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

describe('isAbort', () => {
  it('is true for any error once the caller has aborted', () => {
    const controller = new AbortController();
    controller.abort();
    expect(isAbort(fakeCall([controller.signal]), new Error('socket closed'))).toBe(true);
  });

  it('is false for an AbortError under a signal that did not abort: a time limit of the tool', () => {
    const { signal } = new AbortController();
    expect(isAbort(fakeCall([{ signal }]), abortError())).toBe(false);
  });

  it('goes by the name of the error where no signal is to be seen', () => {
    expect(isAbort(fakeCall(), abortError())).toBe(true);
    expect(isAbort(fakeCall(), new Error('AbortError'))).toBe(false);
  });

  it.each([[undefined], [null], ['AbortError'], [0]])('is false for a thrown %p', (thrown) => {
    expect(isAbort(fakeCall(), thrown)).toBe(false);
  });

  it('is false for an error whose name cannot be read', () => {
    const error = Object.defineProperty(new Error('odd'), 'name', {
      get() {
        throw new Error('trap');
      },
    });
    expect(isAbort(fakeCall(), error)).toBe(false);
  });
});
