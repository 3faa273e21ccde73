import { Cancellation } from '../../src/core/cancellation.js';
import { enderOf, isAbort, isGivenUp } from '../../src/core/giving-up.js';
import { fakeCall } from '../support/fake-call.js';

const abortError = (): Error => Object.assign(new Error('stopped'), { name: 'AbortError' });
const tooSlow = new Error('too slow');

/** A call inside something that may be cancelled, and whose caller may abort. */
function cancellable() {
  const controller = new AbortController();
  const outer = fakeCall(['query', { signal: controller.signal }]);
  const cancellation = new Cancellation(outer);
  return { controller, outer, cancellation, call: outer.cancellableBy(cancellation) };
}

describe('enderOf', () => {
  it('is what may cancel the call, which listens to its caller itself', () => {
    const { call, cancellation } = cancellable();
    expect(enderOf(call)).toBe(cancellation);
  });

  it("is the caller's signal where nothing of ours may", () => {
    const { outer, controller } = cancellable();
    expect(enderOf(outer)).toBe(controller.signal);
  });

  it('is nothing where nobody may', () => {
    expect(enderOf(fakeCall(['query']))).toBeUndefined();
  });
});

describe('isGivenUp', () => {
  it('is false while somebody waits', () => {
    expect(isGivenUp(fakeCall(['query']))).toBe(false);
    expect(isGivenUp(cancellable().call)).toBe(false);
    expect(isGivenUp(cancellable().outer)).toBe(false);
  });

  it('is true once the caller aborted, inside a time limit too', () => {
    const { call, outer, controller } = cancellable();
    controller.abort();
    expect([isGivenUp(call), isGivenUp(outer)]).toEqual([true, true]);
  });

  it('is true for what was cancelled, and not for what lies around it', () => {
    const { call, outer, cancellation } = cancellable();
    cancellation.cancel(tooSlow);
    expect([isGivenUp(call), isGivenUp(outer)]).toEqual([true, false]);
  });
});

describe('isAbort', () => {
  it('is true for whatever comes of an attempt that lost to a quicker one, or of what runs inside it', () => {
    const { call, cancellation } = cancellable();
    const inner = call.cancellableBy(new Cancellation(call));
    cancellation.supersede(abortError());
    expect([isAbort(call, new Error('socket closed')), isAbort(inner, tooSlow)]).toEqual([true, true]);
  });

  it('is false for what a time limit of ours ended: that is a failure', () => {
    const { call, cancellation } = cancellable();
    cancellation.cancel(tooSlow);
    expect([isAbort(call, tooSlow), isAbort(call, abortError())]).toEqual([false, false]);
  });
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
