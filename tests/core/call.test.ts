import { Call, isThenable, silentObserver } from '../../src/core/call.js';
import { fakeCall } from '../support/fake-call.js';

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
});

describe('silentObserver', () => {
  it('lets calls, results and errors pass as they are', () => {
    const call = fakeCall();
    const error = new Error('tool');
    for (const watch of [silentObserver.call, silentObserver.attempt]) {
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
