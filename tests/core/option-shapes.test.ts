import { callback, checkOptions, count, duration, either, flag, oneOf, options, share } from '../../src/core/options.js';

const subject = { title: '@Retry on tool "search"', tool: 'search', namespace: 'web' };

describe('either', () => {
  const rule = either(flag, oneOf('full', 'none'), count(1));

  it('takes what one of its rules allows', () => {
    expect([true, false, 'full', 3].map((value) => rule.parse(value))).toEqual([true, false, 'full', 3]);
  });

  it('refuses what none of them allows', () => {
    expect(['half', 0, null, {}, undefined].filter((value) => rule.parse(value) !== undefined)).toEqual([]);
  });

  it('keeps a value as the first rule that allows it does', () => {
    const text = { allowed: 'a text', parse: (value: unknown) => (typeof value === 'string' ? value : undefined) };
    expect(either(duration, text).parse('5m')).toBe(300_000);
    expect(either(text, duration).parse('5m')).toBe('5m');
    expect(either(duration, text).parse('soon')).toBe('soon');
  });

  it('says all that is allowed', () => {
    expect(rule.allowed).toBe("true or false, or one of 'full', 'none', or a whole number of at least 1");
    expect(() => checkOptions(subject, { jitter: either(flag, callback) }, { jitter: 1 })).toThrow(
      '@Retry on tool "search": jitter must be true or false, or a function, got 1',
    );
  });
});

describe('options', () => {
  interface Budget {
    ratio?: number;
    every?: number | string;
  }
  const rule = options<Budget>({ ratio: share, every: duration });

  it('takes an object with options of its own, and keeps them in our own units', () => {
    expect(rule.parse({ ratio: 0.2, every: '30s' })).toEqual({ ratio: 0.2, every: 30_000 });
    expect(rule.parse({})).toEqual({});
  });

  it('takes an option set to undefined for not given', () => {
    expect(Object.keys(rule.parse({ ratio: undefined, every: 5 }) as object)).toEqual(['every']);
  });

  it('does not write on the object it was given', () => {
    const given = Object.freeze({ every: '30s' });
    expect(rule.parse(given)).not.toBe(given);
    expect(given).toEqual({ every: '30s' });
  });

  it.each([[{ ratio: 2 }], [{ every: 'soon' }], [{ ratio: 0.2, every: 0 }], [{ ratio: null }]])('refuses a wrong value: %p', (given) => {
    expect(rule.parse(given)).toBeUndefined();
  });

  it.each([['rate'], ['toString'], ['__proto__'], ['']])('has no option %p', (name) => {
    expect(rule.parse(JSON.parse(`{ "ratio": 0.2, "${name}": 0.2 }`))).toBeUndefined();
  });

  it.each([[null], [undefined], [[]], [[0.2]], ['0.2'], [0.2], [() => ({ ratio: 0.2 })]])('wants an object, not %p', (given) => {
    expect(rule.parse(given)).toBeUndefined();
  });

  it('refuses an object without what is required, be it there and undefined', () => {
    const strict = options<Budget>({ ratio: share, every: duration }, ['ratio']);
    expect(strict.parse({ ratio: 0.2 })).toEqual({ ratio: 0.2 });
    expect([{}, { every: 5 }, { ratio: undefined }].map((given) => strict.parse(given))).toEqual([undefined, undefined, undefined]);
  });

  it('says which options there are, and what each of them may be', () => {
    const { allowed } = options<{ ratio?: number; min?: number }>({ ratio: share, min: count(0) });
    expect(allowed).toBe('an object with ratio (a number above 0 and at most 1) and min (a whole number of at least 0)');
    expect(() => checkOptions(subject, { budget: rule }, { budget: { ratio: 2 } })).toThrow(
      `@Retry on tool "search": budget must be ${rule.allowed}, got {"ratio":2}`,
    );
  });
});
