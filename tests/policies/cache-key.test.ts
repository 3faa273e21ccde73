import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { canonicalKey } from '../../src/policies/cache/cache-key.js';

class Plain {
  constructor(readonly x: number) {}
}

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  toJSON(): object {
    return { y: this.y, x: this.x };
  }
}

class Vector extends Point {}

const signal = (): AbortSignal => new AbortController().signal;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('canonicalKey gives the same key', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['for object keys in any order', [{ a: 1, b: { c: 2, d: 3 } }], [{ b: { d: 3, c: 2 }, a: 1 }]],
    ['for NaN and NaN', [NaN, [NaN]], [0 / 0, [Number('x')]]],
    ['for -0 and 0', [-0, { a: -0 }], [0, { a: 0 }]],
    ['for Dates of one moment', [new Date(5)], [new Date(5)]],
    ['for invalid Dates', [new Date(NaN)], [new Date('never')]],
    ['for Maps of equal content', [new Map([['a', { x: 1, y: 2 }]])], [new Map([['a', { y: 2, x: 1 }]])]],
    ['for Sets of equal content', [new Set(['a', 1])], [new Set(['a', 1])]],
    ['for equal BigInts', [10n], [BigInt('10')]],
    ['for typed arrays over equal bytes', [bytes(1, 2)], [new Uint8Array(Uint8Array.of(0, 1, 2).buffer, 1)]],
    ['for equal ArrayBuffers', [bytes(1, 2).buffer], [bytes(1, 2).buffer]],
    ['for instances whose toJSON gives the same', [new Point(1, 2)], [new Point(1, 2)]],
    ['for an object with and without a prototype', [{ a: 1 }], [Object.assign(Object.create(null) as object, { a: 1 })]],
    ['for an object of another realm', [{ a: [new Date(5)] }], [runInNewContext('({ a: [new Date(5)] })')]],
    ['for one object twice and two equal ones', [[...Array<object>(2).fill({ a: 1 })]], [[{ a: 1 }, { a: 1 }]]],
    ['with a signal and without', ['query', signal()], ['query']],
    ['with several signals last and none', ['query', signal(), signal()], ['query']],
    ['with a signal first and with another', [signal(), 'query'], [signal(), 'query']],
    ['with a signal first and with none in its place', [signal(), 'query'], [undefined, 'query']],
    ['with a signal in an object and without', [{ q: 'query', signal: signal() }], [{ q: 'query' }]],
    ['for two signals under any name, at any depth', [{ a: { stop: signal() } }], [{ a: { stop: signal() } }]],
    ['for two signals in an array', [[1, signal()]], [[1, signal()]]],
  ])('%s', (_what, one, other) => {
    expect(canonicalKey(one)).toBeDefined();
    expect(canonicalKey(one)).toBe(canonicalKey(other));
  });
});

describe('canonicalKey tells apart', () => {
  it.each<[string, unknown[]]>([
    ['numbers, strings, BigInts and booleans that read alike', [1, '1', 1n, true, 'true', 'T', '1n', new Date(1)]],
    ['undefined, null and what reads like them', [undefined, null, 'undefined', 'null', 'U', 'N', NaN, 'NaN', 0, '', false]],
    ['empty containers', [{}, [], '', '{}', '[]', new Map(), new Set(), new Uint8Array(), new ArrayBuffer(0)]],
    ['nesting', [[1, [2]], [[1], 2], [1, 2], [[1, 2]], [[1], [2]], [1, [2, []]]]],
    ['an absent member, an undefined and a null one', [{}, { a: undefined }, { a: null }, { b: undefined }]],
    ['a hole and an undefined element', [[,], [undefined], []]], // eslint-disable-line no-sparse-arrays -- a hole is the subject
    ['where members end', [{ a: 1, b: 2 }, { 'a":1,"b': 2 }, { a: '1,"b":2' }, { ab: 12 }, { a: { b: 2 } }, { b: 1, a: 2 }]],
    ['where strings end', [['a', 'b'], ['a,b'], ['a","b'], ['a\\', 'b'], ['ab', '']]],
    ['Dates', [new Date(5), new Date(6), new Date(NaN), 5, '1970-01-01T00:00:00.005Z', { date: 5 }]],
    ['Maps', [new Map([['a', 1]]), new Map([['a', 2]]), new Map([['b', 1]]), new Map([[1, 'a']]), { a: 1 }, [['a', 1]]]],
    ['Sets', [new Set([1]), new Set(['1']), new Set([1, 2]), new Set([[1, 2]]), [1], new Map([[1, undefined]])]],
    ['typed arrays', [bytes(1, 0), bytes(0, 1), bytes(1), new Int8Array([1, 0]), new Uint16Array([1]), bytes(1, 0).buffer, [1, 0]]],
    ['a Buffer, a view and what they hold', [Buffer.from('ab'), bytes(97, 98), 'ab', '6162', new DataView(bytes(97, 98).buffer)]],
    ['an instance, its JSON and an instance of a subclass', [new Point(1, 2), { x: 1, y: 2 }, new Vector(1, 2), new Point(2, 1)]],
    ['URLs', [new URL('http://a/'), new URL('http://b/'), 'http://a/']],
    ['lone surrogates and their escapes', ['\ud800', '\\ud800', '\udc00', '\ufffd']],
  ])('%s', (_what, values) => {
    const keys = values.map((value) => canonicalKey([value]));
    expect(keys).not.toContain(undefined);
    expect(new Set(keys).size).toBe(values.length);
  });

  it('an absent argument, an undefined one and a null one', () => {
    const keys = [[], [undefined], [null], [undefined, undefined], [1], [1, undefined]].map(canonicalKey);
    expect(keys).not.toContain(undefined);
    expect(new Set(keys).size).toBe(6);
  });

  it('a built-in and an instance of a class that bears its name', () => {
    const named = Object.assign(new (class Set extends Plain {})(1), { toJSON: () => [1] });
    expect(canonicalKey([named])).toBeDefined();
    expect(canonicalKey([named])).not.toBe(canonicalKey([new Set([[1]])]));
  });

  it('arguments by their place, also behind a signal', () => {
    const keys = [
      ['a', signal(), 'b'],
      ['a', 'b'],
      ['a', 'b', signal()],
      [signal(), 'a', 'b'],
    ].map(canonicalKey);
    expect(keys[2]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
  });

  it('arguments by their order', () => {
    expect(canonicalKey(['a', 'b'])).not.toBe(canonicalKey(['b', 'a']));
  });
});

describe('canonicalKey gives no key', () => {
  const circular: Record<string, unknown> = {};
  circular['deep'] = [{ back: circular }];
  const circularMap = new Map<string, unknown>();
  circularMap.set('self', circularMap);
  const throwingGetter = {
    get secret(): never {
      throw new Error('trap');
    },
  };
  const self = { toJSON: (): unknown => self };

  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a class', Point],
    ['a symbol', Symbol('s')],
    ['a circular value', circular],
    ['a Map that holds itself', circularMap],
    ['a class instance without toJSON', new Plain(1)],
    ['an object that inherits from another', Object.create({ a: 1 })],
    ['an object that inherits from one without a prototype', Object.create(Object.assign(Object.create(null) as object, { a: 1 }))],
    ['a subclass of Map without toJSON', new (class Registry extends Map {})()],
    ['a Map with members of its own', Object.assign(new Map(), { name: 'a' })],
    ['an array with named members', Object.assign([1], { name: 'a' })],
    ['a subclass of Array without toJSON', new (class Stack extends Array {})()],
    ['an array with a member at index 01', Object.assign([1, 2], { '01': 'a' })],
    ['an array with a member at index -1', Object.assign([1], { '-1': 'a' })],
    ['an array with a member at index 0.5', Object.assign([1], { '0.5': 'a' })],
    ['an object with a symbol for a key', { [Symbol('s')]: 1 }],
    ['an Error', new Error('e')],
    ['a RegExp', /a/],
    ['a Promise', Promise.resolve(1)],
    ['a WeakMap', new WeakMap()],
    ['a boxed string', Object('a')],
    ['an iterator', [1][Symbol.iterator]()],
    ['an AbortController', new AbortController()],
    ['a getter that throws', throwingGetter],
    ['a toJSON that throws', { point: Object.assign(new Plain(1), { toJSON: () => BigInt('x') }) }],
    ['a toJSON that gives what has no key', Object.assign(new Plain(1), { toJSON: () => () => 1 })],
    ['a toJSON that gives itself', Object.assign(Object.create(Plain.prototype) as object, self)],
  ])('where %s stands alone, in an object or in an array', (_what, value) => {
    expect(canonicalKey([value])).toBeUndefined();
    expect(canonicalKey(['query', { options: [value] }])).toBeUndefined();
    expect(canonicalKey([new Map([['a', value]])])).toBeUndefined();
  });
});

describe('a long key', () => {
  const long = (end: string): unknown[] => [{ text: 'x'.repeat(10_000) + end }];

  it('is kept as its hash', () => {
    expect(canonicalKey(long('a'))).toHaveLength(43);
    expect(canonicalKey([new Uint8Array(10_000)])!.length).toBeLessThan(300);
  });

  it('is as faithful as a short one', () => {
    expect(canonicalKey(long('a'))).toBe(canonicalKey(long('a')));
    expect(canonicalKey(long('a'))).not.toBe(canonicalKey(long('b')));
    expect(canonicalKey([new Uint8Array(10_000)])).not.toBe(canonicalKey([new Uint8Array(10_001)]));
    expect(canonicalKey([new Uint8Array(10_000)])).not.toBe(canonicalKey([new Uint8Array(10_000).fill(1, 9_999)]));
  });

  it('is not the key of a string that reads like the hash', () => {
    expect(canonicalKey([canonicalKey(long('a'))])).not.toBe(canonicalKey(long('a')));
  });
});

describe('canonicalKey, for any values', () => {
  // Few and tricky atoms, so that values are often nearly equal.
  const atom = fc.constantFrom<unknown>(0, 1, -1, NaN, 1n, true, false, null, undefined, '', '1', '"', ',', 'a":1', 'U', '{}', '[1,]');
  const name = fc.constantFrom('a', 'b', '', '1', 'a":1,"b', '__proto__');
  const moment = fc.integer({ min: 0, max: 2 }).map((time) => new Date(time));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      atom,
      moment,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      fc.array(fc.tuple(name, tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
      fc.uniqueArray(atom, { maxLength: 3 }).map((members) => new Set(members)),
    ),
  }));

  /** An equal value, made anew with its members in the opposite order. */
  function reordered(given: unknown): unknown {
    if (given instanceof Map) return new Map([...given].reverse().map(([key, member]) => [key, reordered(member)]));
    if (given instanceof Set) return new Set([...given].reverse());
    if (given instanceof Date) return new Date(given);
    if (Array.isArray(given)) return given.map(reordered);
    if (typeof given !== 'object' || given === null) return given;
    const members = Object.entries(given).reverse();
    return Object.fromEntries(members.map(([key, member]) => [key, reordered(member)]));
  }

  const anyArguments = fc.array(value, { maxLength: 3 });

  it('is the same for equal arguments made in another order', () => {
    fc.assert(
      fc.property(anyArguments, (args) => {
        expect(canonicalKey(args)).toBeDefined();
        expect(canonicalKey(args.map(reordered))).toBe(canonicalKey(args));
      }),
      { numRuns: 500 },
    );
  });

  it('is the same only if the arguments are deeply equal', () => {
    fc.assert(
      fc.property(anyArguments, anyArguments, (one, other) => {
        expect(canonicalKey(one) === canonicalKey(other)).toBe(isDeepStrictEqual(one, other));
      }),
      { numRuns: 3_000 },
    );
  });

  it('changes when one argument is wrapped in an array', () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((given) => JSON.parse(JSON.stringify(given)) as unknown);
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 3 }), fc.nat(2), (args, at) => {
        const index = at % args.length;
        const changed = args.with(index, [args[index]]);
        expect(canonicalKey(changed)).not.toBe(canonicalKey(args));
      }),
    );
  });
});
