import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '..', 'src');

/** Storeys from the ground up. Upper may import lower; rooms of one storey do not know each other. */
const STOREYS = [
  ['core'],
  ['policies', 'stores', 'streams', 'telemetry'],
  ['metadata'],
  ['pipeline'],
  ['decorators'],
  ['bootstrap'],
  ['testing', 'doctor'],
  ['.'],
];

/** What only these files may touch: everybody else is handed it. */
const ONLY_IN: readonly (readonly [what: RegExp, files: readonly string[]])[] = [
  [/process\.env/, ['bootstrap/setup.ts', 'register.ts']],
  [
    /Date\.now\(|performance\.now\(|setTimeout\(/,
    ['core/clock.ts', 'bootstrap/traces/batch-processor.ts', 'bootstrap/exit.ts', 'bootstrap/shutdown.ts'],
  ],
  [/Math\.random/, ['pipeline/runtime.ts', 'testing/test-observability.ts']],
  [
    /createRequire|requirePackage\(|requireFrom\(/,
    ['require.cts', 'opentelemetry.ts', 'exporters.ts', 'backends.ts', 'prom-client.ts', 'test-tracing.ts'].map(
      (file) => `bootstrap/packages/${file}`,
    ),
  ],
  [/globalThis/, ['pipeline/runtime.ts']],
];

interface File {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: File[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.c?ts$/.test(path))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    // `import type` included: a type that points up is an arrow that runs up.
    return { path, text, imports: ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName) };
  });

/** Some rooms have chambers. */
function room(path: string): string {
  return dirname(path).split(sep)[0]!;
}

function storey(path: string): number {
  return STOREYS.findIndex((rooms) => rooms.includes(room(path)));
}

/** The file that a relative import names. */
function resolve({ path }: File, name: string): string {
  const target = join(dirname(path), name)
    .replace(/\.js$/, '.ts')
    .replace(/\.cjs$/, '.cts');
  if (!files.some((file) => file.path === target)) throw new Error(`${path} imports ${name}, which is no file`);
  return target;
}

const arrows = files.flatMap((file) =>
  file.imports.filter((name) => name.startsWith('.')).map((name) => ({ from: file.path, to: resolve(file, name) })),
);

test('every file stands in a room of the house', () => {
  expect(files.filter(({ path }) => storey(path) < 0).map(({ path }) => path)).toEqual([]);
  expect(arrows.length).toBeGreaterThan(100);
});

test('imports run down, never up, and never sideways between rooms of one storey', () => {
  // The version stands at the front, beside the doors, for everybody to read.
  const wrong = arrows.filter(({ from, to }) => to !== 'version.ts' && room(from) !== room(to) && storey(to) >= storey(from));
  expect(wrong).toEqual([]);
});

test('policies do not know each other', () => {
  const chamber = (path: string): string => path.replace(/(\/[a-z-]+?)(\.ts|\/.*)$/, '$1');
  const sideways = arrows.filter(({ from, to }) => room(from) === 'policies' && room(to) === 'policies' && chamber(from) !== chamber(to));
  expect(sideways).toEqual([]);
  expect(new Set(files.filter(({ path }) => room(path) === 'policies').map(({ path }) => chamber(path))).size).toBe(8);
});

test('no circle of imports', () => {
  const after = new Map<string, string[]>();
  for (const { from, to } of arrows) after.set(from, [...(after.get(from) ?? []), to]);
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) return void circles.push([...way.slice(way.indexOf(path)), path]);
    if (done.has(path)) return;
    for (const next of after.get(path) ?? []) walk(next, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) walk(path, []);
  expect(circles).toEqual([]);
});

test('packages are imported in one place each', () => {
  const packages = files.flatMap(({ path, imports }) =>
    imports.filter((name) => !/^(\.|node:)/.test(name)).map((name) => `${name} in ${path}`),
  );
  expect(packages.sort()).toEqual(['lru-cache in stores/memory.ts', 'reflect-metadata in metadata/reflect.cts']);
});

test.each(ONLY_IN)('%s is found only where it is handed on from', (what, allowed) => {
  const found = files.filter(({ text }) => what.test(withoutComments(text))).map(({ path }) => path);
  expect(found.filter((path) => !allowed.includes(path))).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});

test('the front doors spell out every name', () => {
  const doors = files.filter(({ path }) => room(path) === '.');
  expect(doors.map(({ path }) => path).sort()).toEqual(['cli.ts', 'index.ts', 'register.ts', 'testing.ts', 'tools.ts', 'version.ts']);
  expect(doors.filter(({ text }) => /export \*/.test(text))).toEqual([]);
});

test('every file can be read in one go', () => {
  const long = files.filter(({ text }) => text.split('\n').length > 250).map(({ path }) => path);
  expect(long).toEqual([]);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
