import { getEventListeners } from 'node:events';
import { Cancellation } from '../../src/core/cancellation.js';
import { fakeCall } from '../support/fake-call.js';

const tooSlow = new Error('too slow');
const userLeft = new Error('user left');

/** A call inside two things that may be cancelled, under a caller that may abort. */
function nested() {
  const controller = new AbortController();
  const call = fakeCall(['query', { signal: controller.signal }]);
  const outer = new Cancellation(call);
  const inner = new Cancellation(call.cancellableBy(outer));
  const listeners = (): number => getEventListeners(controller.signal, 'abort').length;
  return { controller, outer, inner, listeners };
}

describe('the signal of a cancellation', () => {
  it('is made for who looks at it, and is the same each time', () => {
    const { inner, listeners } = nested();
    expect(listeners()).toBe(0);
    const { signal } = inner;
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(inner.signal).toBe(signal);
    expect([signal.aborted, listeners()]).toEqual([false, 1]);
  });

  it.each(['caller', 'outer', 'inner'] as const)('aborts with the reason of who ends it: the %s', (who) => {
    const { inner, outer, controller } = nested();
    const { signal } = inner;
    const aborted = jest.fn();
    signal.addEventListener('abort', aborted);
    if (who === 'caller') controller.abort(userLeft);
    if (who === 'outer') outer.cancel(tooSlow);
    if (who === 'inner') inner.supersede(tooSlow);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(who === 'caller' ? userLeft : tooSlow);
    expect(aborted).toHaveBeenCalledTimes(1);
  });

  it.each(['caller', 'outer', 'inner'] as const)('has aborted already where it is looked at too late: after the %s', (who) => {
    const { inner, outer, controller, listeners } = nested();
    if (who === 'caller') controller.abort(userLeft);
    if (who === 'outer') outer.cancel(tooSlow);
    if (who === 'inner') inner.cancel(tooSlow);
    expect(inner.signal.aborted).toBe(true);
    expect(inner.signal.reason).toBe(who === 'caller' ? userLeft : tooSlow);
    expect(listeners()).toBe(0);
  });

  it('is aborted after those of ours have heard: they end what they report on before the tool goes on', () => {
    const { inner } = nested();
    const order: string[] = [];
    inner.signal.addEventListener('abort', () => order.push('tool'));
    inner.onCancel(() => order.push('policy'));
    inner.cancel(tooSlow);
    expect(order).toEqual(['policy', 'tool']);
  });
});

describe('a cancellation whose result is there', () => {
  it('listens to nobody any longer', () => {
    const { inner, outer, controller, listeners } = nested();
    const { signal } = inner;
    const callback = jest.fn();
    inner.onCancel(callback);
    inner.release();
    expect(listeners()).toBe(0);
    outer.cancel(tooSlow);
    controller.abort(userLeft);
    expect([signal.aborted, callback.mock.calls.length]).toEqual([false, 0]);
  });

  it('listens to nobody for who looks at its signal only then', () => {
    const { inner, listeners } = nested();
    inner.release();
    expect(inner.signal.aborted).toBe(false);
    expect(listeners()).toBe(0);
  });

  it('goes on listening where the result is a stream, until that is over', () => {
    const { inner, controller, listeners } = nested();
    const { signal } = inner;
    inner.keep();
    inner.release();
    expect(listeners()).toBe(1);
    inner.end();
    expect(listeners()).toBe(0);
    controller.abort(userLeft);
    expect(signal.aborted).toBe(false);
  });

  it('aborts the signal of a stream whose caller leaves, or which is given up', () => {
    const [left, cancelled] = [nested(), nested()];
    for (const { inner } of [left, cancelled]) {
      inner.keep();
      inner.release();
    }
    const signals = [left.inner.signal, cancelled.inner.signal];
    left.controller.abort(userLeft);
    cancelled.outer.cancel(tooSlow);
    expect(signals.map(({ reason }) => reason as unknown)).toEqual([userLeft, tooSlow]);
  });
});
