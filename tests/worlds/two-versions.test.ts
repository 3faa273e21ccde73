import type * as Toolspan from 'toolspan';
import { sharedRuntime, type Runtime } from '../../src/pipeline/runtime.js';
import { VERSION } from '../../src/version.js';
import { anotherCopy } from './copy.js';

const KEY = Symbol.for('toolspan.v1');
const home = globalThis as unknown as Record<symbol, Runtime | undefined>;

let written: jest.SpyInstance;
beforeEach(() => {
  written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => written.mockRestore());

const warnings = (): string[] => written.mock.calls.map(([line]) => String(line));

/** The runtime of a version that keeps its state in another way: whoever reads or writes it is found out. */
function foreignRuntime(): object {
  const untouchable = Object.keys(sharedRuntime({})).map((key) => [
    key,
    {
      get: () => {
        throw new Error(`${key} of a foreign runtime was touched`);
      },
    },
  ]);
  const layout = { value: 99 };
  const version = { value: '9.0.0' };
  return Object.freeze(Object.defineProperties({}, { ...Object.fromEntries(untouchable), layout, version } as PropertyDescriptorMap));
}

const WARNING = `[toolspan] toolspan 9.0.0 is loaded as well, which toolspan ${VERSION} cannot share its state with: circuits, caches and metrics are apart; have one version installed (npm ls toolspan; npm dedupe)\n`;

test('a runtime that we can read is shared, whichever version made it', () => {
  const one = sharedRuntime({});
  const theirs = { ...one, version: '1.0.0' };
  expect(sharedRuntime({ [KEY]: theirs })).toBe(theirs);
  expect(warnings()).toEqual([]);
});

test('a runtime of another layout is left alone, with one warning that names both versions', () => {
  const place = Object.freeze({ [KEY]: foreignRuntime() });
  const made = sharedRuntime(place);
  expect(made.layout).not.toBe(99);
  expect(made.version).toBe(VERSION);
  expect(warnings()).toEqual([WARNING]);
});

describe('loaded where another version was first', () => {
  const before = home[KEY];
  let copy: typeof Toolspan;
  beforeEach(() => {
    home[KEY] = foreignRuntime() as Runtime;
    copy = anotherCopy();
  });
  afterEach(() => {
    home[KEY] = before;
  });

  test('the library works by itself, and warns once', async () => {
    class Api {
      runs = 0;
      @copy.Cached('1m') @copy.Retry({ maxRetries: 1, baseDelay: 0 }) async get(): Promise<number> {
        this.runs += 1;
        if (this.runs === 1) throw new Error('once');
        return this.runs;
      }
    }
    const api = new Api();
    expect([await api.get(), await api.get()]).toEqual([2, 2]);
    expect(copy.listTools().map(({ name }) => name)).toEqual(['get']);
    expect(warnings()).toEqual([WARNING]);
  });

  test('errors are recognised all the same', () => {
    const { ConfigurationError } = jest.requireActual<typeof Toolspan>('toolspan');
    expect(() => copy.tool({ name: '' }, async () => undefined)).toThrow(ConfigurationError);
  });
});
