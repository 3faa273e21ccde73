import * as fc from 'fast-check';
import { backoff, type BackoffOptions } from '../../src/policies/retry/backoff.js';

const options: BackoffOptions = { baseDelay: 200, maxDelay: 10_000, factor: 2, jitter: false };
const half = (): number => 0.5;

describe('backoff', () => {
  it('grows by the factor up to maxDelay', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 60].map((retry) => backoff(options, retry, half))).toEqual([
      200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000,
    ]);
  });

  it('stays the same with a factor of 1', () => {
    expect([0, 1, 9].map((retry) => backoff({ ...options, factor: 1 }, retry, half))).toEqual([200, 200, 200]);
  });

  it('never exceeds maxDelay, not even the first time', () => {
    expect(backoff({ ...options, baseDelay: 500, maxDelay: 300 }, 0, half)).toBe(300);
  });

  it('is 0 for a baseDelay of 0, however often', () => {
    expect([0, 1, 10, 5_000].map((retry) => backoff({ ...options, baseDelay: 0 }, retry, half))).toEqual([0, 0, 0, 0]);
  });

  it('is maxDelay where the power is beyond all numbers', () => {
    expect(backoff(options, 5_000, half)).toBe(10_000);
  });

  it('does not ask for a random number without jitter', () => {
    const random = jest.fn(half);
    backoff(options, 0, random);
    expect(random).not.toHaveBeenCalled();
  });

  it('is a random share of the whole wait with jitter', () => {
    const withJitter = { ...options, jitter: true };
    expect([0, 0.25, 0.5].map((share) => backoff(withJitter, 1, () => share))).toEqual([0, 100, 200]);
    expect(backoff(withJitter, 9, half)).toBe(5_000);
  });

  it('lies between 0 and the wait without jitter, for whatever options', () => {
    const anyOptions = fc.record({
      baseDelay: fc.integer({ min: 0, max: 60_000 }),
      maxDelay: fc.integer({ min: 1, max: 600_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
    });
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anyOptions, fc.nat(100), share, (some, retry, drawn) => {
        const whole = backoff({ ...some, jitter: false }, retry, half);
        const wait = backoff({ ...some, jitter: true }, retry, () => drawn);
        expect(whole).toBeLessThanOrEqual(some.maxDelay);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(whole);
      }),
    );
  });
});
