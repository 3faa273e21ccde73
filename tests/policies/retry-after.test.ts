import { retryAfterOf } from '../../src/policies/retry/retry-after.js';
import { createTestClock } from '../../src/testing/test-clock.js';

const clock = createTestClock({ startTime: Date.UTC(2026, 0, 1, 12) });
const inThirtySeconds = new Date(Date.UTC(2026, 0, 1, 12, 0, 30));

const after = (answer: unknown): number | undefined => retryAfterOf(answer, clock);
const broken = (): never => {
  throw new Error('trap');
};
const trap = (name: string): object => Object.defineProperty({}, name, { get: broken, enumerable: true });

describe('the value of Retry-After', () => {
  it.each<[string, number]>([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['1.5', 1_500],
    [inThirtySeconds.toUTCString(), 30_000],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
    ['Thu Jan  1 12:00:30 2026', 30_000], // the oldest form of HTTP names no zone
    [inThirtySeconds.toISOString(), 30_000],
    ['2026-01-01T13:00:30+01:00', 30_000],
    ['Thu, 01 Jan 2026 11:59:00 GMT', 0], // gone by
  ])('%p asks for %p ms', (value, milliseconds) => {
    expect(after({ headers: { 'retry-after': value } })).toBe(milliseconds);
  });

  it('is a number of seconds as well as its text', () => {
    expect(after({ headers: { 'retry-after': 2 } })).toBe(2_000);
  });

  it.each([[''], ['  '], ['-1'], ['soon'], ['soon 5'], ['NaN'], ['Infinity'], ['1e3'], ['7 s'], ['12:30'], ['Thu, 99 Foo']])(
    'is nothing to go by: %p',
    (value) => {
      expect(after({ headers: { 'retry-after': value } })).toBeUndefined();
    },
  );

  it('goes by the clock handed in', async () => {
    const later = createTestClock({ startTime: Date.UTC(2026, 0, 1, 12) });
    await later.advance(12_345);
    const answer = { headers: { 'retry-after': inThirtySeconds.toUTCString() } };
    expect(retryAfterOf(answer, later)).toBe(17_655);
  });
});

describe('where an answer says when to come back', () => {
  const headers = { 'retry-after': '7' };

  it.each<[string, unknown, number | undefined]>([
    ['plain headers', { headers }, 7_000],
    ['plain headers in any case', { headers: { 'Retry-After': '7' } }, 7_000],
    ['plain headers with several values', { headers: { 'retry-after': ['7', '9'] } }, 7_000],
    ['a Headers', { headers: new Headers({ 'Retry-After': '7' }) }, 7_000],
    ['a Map', { headers: new Map([['retry-after', '7']]) }, 7_000],
    ['a Response', new Response(null, { status: 503, headers: { 'Retry-After': '7' } }), 7_000],
    ['the response that an error carries', Object.assign(new Error('503'), { response: { headers } }), 7_000],
    ['a Headers of the response that an error carries', { response: new Response(null, { headers }) }, 7_000],
    ['the milliseconds of several vendors', { headers: { 'retry-after-ms': '250', 'retry-after': '1' } }, 250],
    ['no milliseconds but seconds', { headers: { 'retry-after-ms': 'soon', 'retry-after': '1' } }, 1_000],
    ['retryAfterMs', { retryAfterMs: 40 }, 40],
    ['retryAfterMs before headers', { retryAfterMs: 40, headers }, 40],
    ['its own headers before those of a response', { headers, response: { headers: { 'retry-after': '9' } } }, 7_000],
    ["a response's where its own do not say", { headers: {}, response: { headers } }, 7_000],
    ['a refusal in another form', { retryAfterMs: '40', headers }, 7_000],
  ])('is %s', (_where, answer, milliseconds) => {
    expect(after(answer)).toBe(milliseconds);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'Retry-After: 7'],
    ['a plain error', new Error('down')],
    ['headers that are none', { headers: 'retry-after: 7' }],
    ['headers of a value that is none', { headers: { 'retry-after': { seconds: 7 } } }],
    ['a get that throws', { headers: { get: broken } }],
    ['members that cannot be read', trap('headers')],
    ['a response that cannot be read', trap('response')],
    ['a wait that cannot be read', trap('retryAfterMs')],
    ['a header that cannot be read', { headers: trap('retry-after') }],
  ])('is nowhere in %s', (_what, answer) => {
    expect(after(answer)).toBeUndefined();
  });
});
