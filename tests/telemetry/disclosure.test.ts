import { Readable } from 'node:stream';
import { Once } from '../../src/core/once';
import { DISCREET, Disclosure, redactSecrets, type DisclosureSettings } from '../../src/telemetry/disclosure';
import { Faults } from '../../src/telemetry/faults';

const tool = { name: 'search', namespace: 'web' };
const faults = new Faults(new Once(() => ({ warn: () => undefined })));

function disclosure(settings: Partial<DisclosureSettings> = {}): Disclosure {
  return new Disclosure({ arguments: true, result: true, maxLength: 4_096, ...settings }, faults);
}

function told(...args: unknown[]): unknown {
  return JSON.parse(disclosure().arguments(args, tool)!);
}

test('unless asked for, nothing is told', () => {
  const discreet = new Disclosure(DISCREET, faults);
  expect([discreet.arguments(['x'], tool), discreet.result('x', tool)]).toEqual([undefined, undefined]);
});

test('arguments are a list, but for the one object that is all of it', () => {
  expect(told('cats', 3)).toEqual(['cats', 3]);
  expect(told({ query: 'cats' })).toEqual({ query: 'cats' });
  expect(told([1, 2])).toEqual([[1, 2]]);
  expect(disclosure().arguments([], tool)).toBeUndefined();
});

test('a result is JSON, a string as it is', () => {
  expect(disclosure().result({ a: [1] }, tool)).toBe('{"a":[1]}');
  expect(disclosure().result('plain', tool)).toBe('plain');
  expect(disclosure().result(null, tool)).toBe('null');
  expect(disclosure().result(undefined, tool)).toBeUndefined();
});

test('what stands under the key of a secret is hidden, deep inside as well', () => {
  expect(told({ user: { name: 'Bob', password: 'x', apiKey: 12, token: undefined, cookie: '' }, max_tokens: 5 })).toEqual({
    user: { name: 'Bob', password: '[REDACTED]', apiKey: '[REDACTED]', cookie: '' },
    max_tokens: 5,
  });
  expect(told(new Map([['password', 'x']]))).toEqual([{ password: '[REDACTED]' }]);
});

test('also in lists of headers, in keys, and in numbers', () => {
  expect(
    told(
      [
        ['x-api-key', 'plain'],
        ['accept', 'text'],
      ],
      { name: 'password', value: 'hunter2' },
    ),
  ).toEqual([
    [
      ['x-api-key', '[REDACTED]'],
      ['accept', 'text'],
    ],
    { name: 'password', value: '[REDACTED]' },
  ]);
  expect(told({ 'bob@example.com': 1, card: 1, number: 4111111111111111, at: 1732834194000 })).toEqual({
    '[REDACTED]': 1,
    card: '[REDACTED]',
    number: '[REDACTED]',
    at: 1732834194000,
  });
});

test('of an object with very many keys only the first are looked at', () => {
  let looks = 0;
  const many = new Proxy(Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index])), {
    get(target, key: string) {
      looks += 1;
      return target[key];
    },
  });
  expect(disclosure({ maxLength: 100 }).result(many, tool)!.length).toBe(101);
  expect(looks).toBeLessThan(2_000);
});

test('a proxy that forbids to look is named', () => {
  const forbidding = new Proxy(
    {},
    {
      getPrototypeOf() {
        throw new Error('no');
      },
    },
  );
  expect(disclosure().arguments([forbidding], tool)).toContain('cannot be read');
});

test('a redactor that promises is told that it must answer at once, and nothing else is told', () => {
  expect(disclosure({ redact: async () => 'later' }).arguments(['x'], tool)).toBe('[REDACTED]');
});

test('and what looks like one, wherever it stands', () => {
  expect(told(['write to bob@example.com'], new Error('password=x'))).toEqual([['write to [REDACTED]'], 'Error: password=[REDACTED]']);
});

test('what cannot be shown is named', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  const broken = {
    get bad(): never {
      throw new Error('no');
    },
  };
  expect(
    told(circular, 12n, Symbol('s'), () => 1, new Uint8Array(3), new ArrayBuffer(2), Promise.resolve(), Readable.from([]), broken),
  ).toEqual([
    { self: '[circular]' },
    '12n',
    'Symbol(s)',
    '[function anonymous]',
    '[Uint8Array, 3 bytes]',
    '[ArrayBuffer, 2 bytes]',
    '[promise]',
    '[stream]',
    '[object that cannot be read]',
  ]);
  expect(told(AbortSignal.abort(), new Date(0), new Set([1]), null)).toEqual(['[AbortSignal]', '1970-01-01T00:00:00.000Z', [1], null]);
});

test('the same object twice is no circle', () => {
  const shared = { a: 1 };
  expect(told(shared, shared)).toEqual([{ a: 1 }, { a: 1 }]);
});

test('it is cut to a size', () => {
  expect(disclosure({ maxLength: 10 }).result('x'.repeat(100), tool)).toBe(`${'x'.repeat(10)}…`);
  const much = disclosure({ maxLength: 100 }).result(new Array(1e6).fill('word'), tool)!;
  expect(much.length).toBe(101);
  const deep = disclosure().arguments([{ a: { a: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } } } }], tool)!;
  expect(deep).toContain('[object]');
});

test('so is the text of an error, wherever it was cut', () => {
  const told = new Disclosure(DISCREET, faults).text(`${'x'.repeat(16_380)} bob@example.com ${'y'.repeat(1e6)}`, tool);
  expect([told.length, told.slice(-6)]).toEqual([16_385, 'x [RE…']);
});

test('a secret that lies across the cut is not told by half', () => {
  const text = `${'x'.repeat(20)} bob@example.com`;
  expect(disclosure({ maxLength: 24 }).result(text, tool)).toBe(`${'x'.repeat(20)} [RE…`);
});

test('a redactor of the application decides in place of ours, and is told whose it is', () => {
  const seen: unknown[] = [];
  const own = disclosure({
    redact(content, what) {
      seen.push([content, what]);
      return what.kind === 'result' ? undefined : 'mine';
    },
  });
  expect(own.arguments([{ password: 'x' }], tool)).toBe('mine');
  expect(own.result('r', tool)).toBeUndefined();
  expect(own.text('boom', tool)).toBe('mine');
  expect(seen).toEqual([
    [{ password: 'x' }, { kind: 'arguments', ...tool }],
    ['r', { kind: 'result', ...tool }],
    ['boom', { kind: 'error', ...tool }],
  ]);
});

test('where it throws, nothing is told, and it is counted', () => {
  const broken = disclosure({
    redact() {
      throw new Error('broken');
    },
  });
  const before = faults.counts.span;
  expect([broken.arguments(['x'], tool), broken.text('x', tool)]).toEqual(['[REDACTED]', '[REDACTED]']);
  expect(faults.counts.span).toBe(before + 2);
});

test('and what it threw is not told either', () => {
  const said: string[] = [];
  const heard = new Faults(new Once(() => ({ warn: (line) => void said.push(line) })));
  const leaky = new Disclosure({ ...DISCREET, redact: (content) => JSON.parse(content as string) as unknown }, heard);
  leaky.text('argsecret', tool);
  expect(said.join()).toContain('capture.redact failed with a SyntaxError');
  expect(said.join()).not.toContain('argsecret');
});

test('ours can be called from there', () => {
  expect(redactSecrets('token=abc')).toBe('token=[REDACTED]');
  expect(redactSecrets({ password: 'x', other: 1 })).toEqual({ password: '[REDACTED]', other: 1 });
});
