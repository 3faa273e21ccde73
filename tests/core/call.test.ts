import { Call, isThenable, isWatched, silentObserver } from '../../src/core/call.js';
import { Cancellation } from '../../src/core/cancellation.js';
import { fakeCall, recordingObserver } from '../support/fake-call.js';

describe('Call', () => {
  it('begins at attempt 0 as its own origin', () => {
    const call = fakeCall(['query']);
    expect(call).toMatchObject({ attempt: 0, previousError: undefined, scope: undefined });
    expect(call.origin).toBe(call);
  });

  it('passes a copy on for the next attempt and stays as it was', () => {
    const error = new Error('first attempt');
    const self = {};
    const call = fakeCall(['query'], { self }).withScope('span');
    const next = call.forAttempt(1, error);
    expect(next).toMatchObject({ tool: call.tool, args: ['query'], attempt: 1, previousError: error, scope: 'span' });
    expect(next.self).toBe(self);
    expect(next.observer).toBe(silentObserver);
    expect(call).toMatchObject({ attempt: 0, previousError: undefined });
  });

  it('passes a copy on with another scope and stays as it was', () => {
    const error = new Error('first attempt');
    const call = fakeCall(['query']).forAttempt(1, error);
    const scoped = call.withScope('span');
    expect(scoped).toMatchObject({ tool: call.tool, args: ['query'], attempt: 1, previousError: error, scope: 'span' });
    expect(call.scope).toBeUndefined();
  });

  it('is known by one origin in all its copies, and two calls are not', () => {
    const call = fakeCall();
    expect(call.withScope('span').forAttempt(1, undefined).withScope('other').origin).toBe(call);
    expect(fakeCall().origin).not.toBe(call);
  });

  it('passes a copy on that can be cancelled, as which of those that run side by side, and stays as it was', () => {
    const call = fakeCall(['query']).forAttempt(1, undefined);
    const [outer, inner] = [new Cancellation(call), new Cancellation(call)];
    const hedge = call.cancellableBy(outer, 2);
    expect(hedge).toMatchObject({ args: ['query'], attempt: 1, hedge: 2 });
    expect(hedge.cancellation).toBe(outer);
    expect(hedge.cancellableBy(inner)).toMatchObject({ hedge: 2, cancellation: inner });
    expect([call.cancellation, call.hedge]).toEqual([undefined, 0]);
  });

  it('passes a copy on that waits no longer than until a moment, and stays as it was', () => {
    const call = fakeCall();
    expect(call.until(500).forAttempt(1, undefined).giveUpAt).toBe(500);
    expect(call.giveUpAt).toBeUndefined();
  });

  it('goes on after one of its attempts with what that had, but for its error and its scope', () => {
    const call = fakeCall(['query']).withScope('span of the call');
    const cancellation = new Cancellation(call);
    const attempt = call.forAttempt(2, new Error('down')).cancellableBy(cancellation, 1).withScope('span of the attempt');
    const after = call.after(attempt);
    expect(after).toMatchObject({ attempt: 2, hedge: 1, previousError: undefined, scope: 'span of the call' });
    expect([after.cancellation === cancellation, after.origin === call.origin]).toEqual([true, true]);
  });

  it('is another call where it is done for nobody in particular: nothing watches it or cancels it', () => {
    const self = {};
    const call = fakeCall(['query'], { self });
    const detached = call.withScope('span').forAttempt(1, new Error('down')).cancellableBy(new Cancellation(call), 1).until(5).detached();
    expect(detached).toMatchObject({ tool: call.tool, fn: call.fn, args: ['query'], attempt: 0, hedge: 0, giveUpAt: undefined });
    expect([detached.scope, detached.cancellation, detached.previousError]).toEqual([undefined, undefined, undefined]);
    expect([detached.self === self, detached.origin === detached]).toEqual([true, true]);
  });
});

describe('silentObserver', () => {
  it('lets calls, results and errors pass as they are', () => {
    const call = fakeCall();
    const error = new Error('tool');
    for (const watch of [silentObserver.call, silentObserver.attempt, silentObserver.background]) {
      expect(watch.open(call)).toBe(call);
      expect(watch.within(call, (inner) => [inner])).toEqual([call]);
      expect(() =>
        watch.within(call, () => {
          throw error;
        }),
      ).toThrow(error);
      expect(() => watch.close(call, true, error)).not.toThrow();
    }
    expect(() => silentObserver.report(call, { type: 'circuit_breaker.failure' })).not.toThrow();
  });
});

describe('isThenable', () => {
  it('knows promises and what acts like one', () => {
    expect(isThenable(Promise.resolve())).toBe(true);
    expect(isThenable({ then: () => undefined })).toBe(true);
    expect(isThenable(new Call({ name: 'n', namespace: 'd' }, () => undefined, undefined, [], silentObserver))).toBe(false);
  });

  it.each([[undefined], [null], [0], ['then'], [{ then: true }], [[]]])('does not take %p for one', (value) => {
    expect(isThenable(value)).toBe(false);
  });
});

describe('isWatched', () => {
  it('is true where somebody is told of events, in every copy of the call', () => {
    const watched = fakeCall([], { observer: recordingObserver() });
    expect([isWatched(watched), isWatched(watched.forAttempt(1, undefined)), isWatched(watched.detached())]).toEqual([true, true, true]);
    expect(isWatched(fakeCall())).toBe(false);
  });
});
