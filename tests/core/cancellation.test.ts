import { getEventListeners } from 'node:events';
import { Cancellation } from '../../src/core/cancellation.js';
import { fakeCall } from '../support/fake-call.js';

const tooSlow = new Error('too slow');
const userLeft = new Error('user left');

/** A cancellation around whose inner part there is another, under a caller that may abort. */
function nested() {
  const controller = new AbortController();
  const call = fakeCall(['query', { signal: controller.signal }]);
  const outer = new Cancellation(call);
  const inner = new Cancellation(call.cancellableBy(outer));
  const listeners = (): number => getEventListeners(controller.signal, 'abort').length;
  return { controller, outer, inner, listeners };
}

describe('a cancellation', () => {
  it('begins with nothing cancelled, aborted or lost', () => {
    const { inner } = nested();
    expect([inner.isCancelled, inner.aborted, inner.isLost]).toEqual([false, false, false]);
  });

  it('keeps the reason it was first cancelled with', () => {
    const { outer } = nested();
    outer.cancel(tooSlow);
    outer.cancel(userLeft);
    expect([outer.isCancelled, outer.aborted, outer.reason === tooSlow]).toEqual([true, true, true]);
  });

  it('counts what was cancelled around it, whether or not anybody listened', () => {
    const { outer, inner } = nested();
    outer.cancel(tooSlow);
    expect([inner.isCancelled, inner.aborted, inner.reason === tooSlow]).toEqual([true, true, true]);
  });

  it('does not cancel what is around it', () => {
    const { outer, inner } = nested();
    inner.cancel(tooSlow);
    expect([outer.isCancelled, outer.aborted]).toEqual([false, false]);
  });

  it('is aborted by its caller, which is no decision of ours', () => {
    const { inner, controller } = nested();
    controller.abort(userLeft);
    expect([inner.aborted, inner.isCancelled, inner.reason === userLeft]).toEqual([true, false, true]);
  });

  it('is lost only where another attempt took its place, or that of one around it', () => {
    const [timedOut, raced] = [nested(), nested()];
    timedOut.outer.cancel(tooSlow);
    raced.outer.supersede(tooSlow);
    expect([timedOut.outer.isLost, timedOut.inner.isLost]).toEqual([false, false]);
    expect([raced.outer.isLost, raced.inner.isLost, raced.inner.isCancelled]).toEqual([true, true, true]);
  });

  it('cannot lose once it was given up', () => {
    const { outer } = nested();
    outer.cancel(tooSlow);
    outer.supersede(userLeft);
    expect([outer.isLost, outer.reason === tooSlow]).toEqual([false, true]);
  });
});

describe('onCancel', () => {
  it('calls back once when it is given up, with the reason to be read', () => {
    const { outer } = nested();
    const reasons: Error[] = [];
    outer.onCancel(() => reasons.push(outer.reason));
    expect(reasons).toEqual([]);
    outer.cancel(tooSlow);
    outer.cancel(userLeft);
    expect(reasons).toEqual([tooSlow]);
  });

  it('calls back when what is around it is given up', () => {
    const { outer, inner } = nested();
    const callback = jest.fn();
    inner.onCancel(callback);
    outer.cancel(tooSlow);
    expect(callback).toHaveBeenCalledTimes(1);
    expect(inner.reason).toBe(tooSlow);
  });

  it('does not call back who took it back', () => {
    const { inner, outer } = nested();
    const [first, second] = [jest.fn(), jest.fn()];
    inner.onCancel(first)();
    inner.onCancel(second);
    outer.cancel(tooSlow);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1]);
  });

  it('says nothing of the caller, and does not listen to it', () => {
    const { inner, controller, listeners } = nested();
    const callback = jest.fn();
    inner.onCancel(callback);
    expect(listeners()).toBe(0);
    controller.abort(userLeft);
    expect(callback).not.toHaveBeenCalled();
  });
});

describe('onAbort', () => {
  it.each(['caller', 'outer', 'inner'] as const)('calls back once, whoever is first: the %s', (first) => {
    const { inner, outer, controller } = nested();
    const callback = jest.fn(() => expect(inner.aborted).toBe(true));
    inner.onAbort(callback);
    const ends = {
      caller: () => controller.abort(userLeft),
      outer: () => outer.cancel(tooSlow),
      inner: () => inner.cancel(tooSlow),
    };
    ends[first]();
    expect(callback).toHaveBeenCalledTimes(1);
    for (const end of Object.values(ends)) end();
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('does not call back who took it back', () => {
    const { inner, controller, listeners } = nested();
    const callback = jest.fn();
    inner.onAbort(callback)();
    expect(listeners()).toBe(0);
    inner.cancel(tooSlow);
    controller.abort(userLeft);
    expect(callback).not.toHaveBeenCalled();
  });

  it("leaves no listener on the caller's signal once it has called back", () => {
    const { inner, listeners } = nested();
    inner.onAbort(jest.fn());
    expect(listeners()).toBe(1);
    inner.cancel(tooSlow);
    expect(listeners()).toBe(0);
  });
});
