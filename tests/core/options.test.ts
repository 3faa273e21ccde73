import { ConfigurationError } from '../../src/core/errors.js';
import {
  atLeast,
  callback,
  checkOptions,
  count,
  duration,
  durationOrZero,
  flag,
  nonEmptyText,
  oneOf,
  plainObject,
  reject,
  share,
  shown,
  text,
  type Rule,
  type Rules,
} from '../../src/core/options.js';

interface Options {
  maxRetries?: number;
  ttl?: string | number;
}

const subject = { title: '@Retry on tool "search"', tool: 'search', namespace: 'web' };
const rules: Rules<Options> = { maxRetries: count(0), ttl: duration };

/** What `run` throws. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('checkOptions', () => {
  it('gives what was given, in our own units, and nothing else', () => {
    expect(checkOptions(subject, rules, { maxRetries: 3, ttl: '5m' })).toEqual({ maxRetries: 3, ttl: 300_000 });
    expect(checkOptions(subject, rules, {})).toEqual({});
  });

  it('takes an option set to undefined for not given', () => {
    expect(Object.keys(checkOptions(subject, rules, { maxRetries: undefined, ttl: 5 }))).toEqual(['ttl']);
  });

  it('does not write on the object it was given', () => {
    const given = Object.freeze({ ttl: '5m' });
    checkOptions(subject, rules, given);
    expect(given).toEqual({ ttl: '5m' });
  });

  it('names tool, option, what is allowed and the value', () => {
    const error = thrownBy(() => checkOptions(subject, rules, { maxRetries: -1 }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({
      message: '@Retry on tool "search": maxRetries must be a whole number of at least 0, got -1',
      tool: 'search',
      namespace: 'web',
      code: 'CONFIGURATION',
    });
  });

  it('takes null for a value, and a wrong one', () => {
    expect(thrownBy(() => checkOptions(subject, rules, { ttl: null }))).toMatchObject({
      message: `@Retry on tool "search": ttl must be ${duration.allowed}, got null`,
    });
  });

  it.each(['retries', 'toString', 'MaxRetries', ''])('has no option %p, and lists those there are', (name) => {
    expect(thrownBy(() => checkOptions(subject, rules, { [name]: undefined }))).toMatchObject({
      message: `@Retry on tool "search": there is no option ${name} (got undefined); there are: maxRetries, ttl`,
      tool: 'search',
      code: 'CONFIGURATION',
    });
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    ['5m', '"5m"'],
    [[3], '[3]'],
    [5, '5'],
  ])('wants an object, not %p', (given, words) => {
    expect(thrownBy(() => checkOptions(subject, rules, given))).toMatchObject({
      message: `@Retry on tool "search": options must be an object, got ${words}`,
    });
  });
});

describe('reject', () => {
  it('throws the one sentence', () => {
    expect(thrownBy(() => reject(subject, 'limit', 'many', 'a number'))).toMatchObject({
      message: '@Retry on tool "search": limit must be a number, got "many"',
      tool: 'search',
      namespace: 'web',
    });
  });
});

describe('rules', () => {
  const given = Object.freeze({ a: 1 });
  const fn = (): void => undefined;

  it.each<[string, Rule, string, [unknown, unknown][], unknown[]]>([
    [
      'duration',
      duration,
      "a duration above 0: milliseconds, or a string such as '250ms', '30s', '5m', '1h', '1d'",
      [
        [5, 5],
        [0.5, 0.5],
        ['30s', 30_000],
      ],
      [0, -0, '0s', -1, NaN, Infinity, '5', 'soon', true],
    ],
    [
      'durationOrZero',
      durationOrZero,
      "a duration of 0 or more: milliseconds, or a string such as '250ms', '30s', '5m', '1h', '1d'",
      [
        [0, 0],
        ['0s', 0],
        ['1d', 86_400_000],
      ],
      [-1, NaN, Infinity, '5', null],
    ],
    [
      'count(0)',
      count(0),
      'a whole number of at least 0',
      [
        [0, 0],
        [7, 7],
      ],
      [-1, 0.5, NaN, Infinity, '1', 1n, 2 ** 53],
    ],
    ['count(1)', count(1), 'a whole number of at least 1', [[1, 1]], [0, -1, 1.5]],
    [
      'atLeast(1)',
      atLeast(1),
      'a number of at least 1',
      [
        [1, 1],
        [1.5, 1.5],
      ],
      [0.99, -2, NaN, Infinity, '2'],
    ],
    [
      'share',
      share,
      'a number above 0 and at most 1',
      [
        [1, 1],
        [0.001, 0.001],
      ],
      [0, -0.5, 1.001, NaN, Infinity, '0.5', null],
    ],
    [
      'flag',
      flag,
      'true or false',
      [
        [true, true],
        [false, false],
      ],
      [0, 1, 'true', null],
    ],
    ['callback', callback, 'a function', [[fn, fn]], ['fn', {}, true]],
    [
      'text',
      text,
      'a string',
      [
        ['', ''],
        ['a', 'a'],
      ],
      [0, null, ['a']],
    ],
    ['nonEmptyText', nonEmptyText, 'a string that is not empty', [['a', 'a']], ['', ' \t', 0, null]],
    ['plainObject', plainObject, 'an object', [[given, given]], [null, [], 'a', fn]],
    ['oneOf', oneOf('class', 'instance'), "one of 'class', 'instance'", [['instance', 'instance']], ['Class', '', 0, ['class']]],
  ])('%s', (_name, rule, allowed, accepted, refused) => {
    expect(rule.allowed).toBe(allowed);
    expect(accepted.map(([given]) => rule.parse(given))).toEqual(accepted.map(([, kept]) => kept));
    expect(refused.filter((given) => rule.parse(given) !== undefined)).toEqual([]);
  });

  it('keep an object as it is', () => {
    expect(plainObject.parse(given)).toBe(given);
  });
});

describe('shown', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;

  it.each<[string, unknown, string]>([
    ['a string in quotes', '5 "m"', '"5 \\"m\\""'],
    ['a function by its name', Math.max, 'function max'],
    [
      'a function without one',
      (
        () => () =>
          undefined
      )(),
      'function (anonymous)',
    ],
    ['a BigInt as it is written', 5n, '5n'],
    ['a number', -0.5, '-0.5'],
    ['NaN', NaN, 'NaN'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an object as JSON', { a: [1] }, '{"a":[1]}'],
    ['an object that JSON cannot write', circular, '[object Object]'],
    ['an object that JSON leaves out', { toJSON: () => undefined }, '[object Object]'],
  ])('shows %s', (_what, value, words) => {
    expect(shown(value)).toBe(words);
  });
});
