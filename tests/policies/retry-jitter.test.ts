import * as fc from 'fast-check';
import { backoff, type BackoffOptions, type Jitter } from '../../src/policies/retry/backoff.js';

const anyOptions = fc.record({
  baseDelay: fc.integer({ min: 0, max: 60_000 }),
  maxDelay: fc.integer({ min: 1, max: 600_000 }),
  factor: fc.oneof(fc.double({ min: 1, max: 10, noNaN: true }), fc.constantFrom(1, 2, 1e308)),
});
const anyShare = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
const anyRetry = fc.oneof(fc.nat(20), fc.nat(5_000));

/** The wait of a kind of jitter, for what was drawn. */
function wait(jitter: Jitter | boolean, options: Omit<BackoffOptions, 'jitter'>, retry: number, drawn: number, last?: number): number {
  return backoff({ ...options, jitter }, retry, () => drawn, last);
}

describe('jitter, for whatever options', () => {
  it('none is the whole wait, the same each time', () => {
    fc.assert(
      fc.property(anyOptions, anyRetry, anyShare, (options, retry, drawn) => {
        const { baseDelay, maxDelay, factor } = options;
        const whole = baseDelay === 0 ? 0 : Math.min(baseDelay * factor ** retry, maxDelay);
        expect(wait('none', options, retry, drawn)).toBe(whole);
        expect(wait(false, options, retry, drawn)).toBe(whole);
      }),
    );
  });

  it('full lies between 0 and the whole wait', () => {
    fc.assert(
      fc.property(anyOptions, anyRetry, anyShare, (options, retry, drawn) => {
        const given = wait('full', options, retry, drawn);
        expect(given).toBeGreaterThanOrEqual(0);
        expect(given).toBeLessThanOrEqual(wait('none', options, retry, drawn));
        expect(wait(true, options, retry, drawn)).toBe(given);
      }),
    );
  });

  it('equal lies between half the wait and the whole', () => {
    fc.assert(
      fc.property(anyOptions, anyRetry, anyShare, (options, retry, drawn) => {
        const whole = wait('none', options, retry, drawn);
        const given = wait('equal', options, retry, drawn);
        expect(given).toBeGreaterThanOrEqual(whole / 2);
        expect(given).toBeLessThanOrEqual(whole);
      }),
    );
  });

  it('decorrelated lies between baseDelay and factor + 1 times the wait before, whatever that was, and never above maxDelay', () => {
    fc.assert(
      fc.property(anyOptions, anyRetry, anyShare, fc.nat(600_000), (options, retry, drawn, last) => {
        const { baseDelay, maxDelay, factor } = options;
        const given = wait('decorrelated', options, retry, drawn, last);
        expect(given).toBeGreaterThanOrEqual(Math.min(baseDelay, maxDelay));
        expect(given).toBeLessThanOrEqual(Math.min(Math.max(baseDelay, last * (factor + 1)), maxDelay));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the ends of each range', () => {
  const options = { baseDelay: 200, maxDelay: 10_000, factor: 2 };
  const nearlyOne = 1 - 2 ** -40;

  it.each<[Jitter, number, number]>([
    ['none', 800, 800],
    ['full', 0, 800],
    ['equal', 400, 800],
    ['decorrelated', 200, 1_500],
  ])('are both reached: %s', (jitter, least, most) => {
    expect(wait(jitter, options, 2, 0, 500)).toBe(least);
    expect(wait(jitter, options, 2, nearlyOne, 500)).toBeCloseTo(most, 3);
  });

  it('of decorrelated jitter begin with baseDelay before the first retry', () => {
    expect(wait('decorrelated', options, 0, 0)).toBe(200);
    expect(wait('decorrelated', options, 0, nearlyOne)).toBeCloseTo(600, 3);
  });
});
