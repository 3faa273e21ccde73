import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { npmPack, packedMap, packedPaths, packedText, ROOT } from './packed';

const CODE = /\.[cm]?js$/;
const TYPES = /\.d\.c?ts$/;

const code = packedPaths().filter((path) => CODE.test(path));
// The program has no map: nobody debugs into it.
const library = code.filter((path) => !path.startsWith('dist/bin/'));
const types = packedPaths().filter((path) => TYPES.test(path));
const mapOf = (path: string): string => `${path}.map`;
const typesOf = (path: string): string => path.replace(/\.(c?)js$/, '.d.$1ts');

/** What a file imports. */
function imports(path: string): string[] {
  return ts.preProcessFile(packedText(path), true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The files of the package that a file imports. */
function neighbours(path: string): string[] {
  return imports(path)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(path), name));
}

/** Every path that the fields of package.json lead to. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.startsWith('./') ? [normalize(value)] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

describe('The package', () => {
  it('consists of the build, and of what a user reads', () => {
    const besides = packedPaths().filter((path) => !/^dist\/(esm|cjs|bin)\//.test(path));
    expect(besides.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  });

  it('brings nothing that only we need: no tests, no sources, no leftovers of the compiler', () => {
    const kinds = new Set(packedPaths('').map((path) => path.replace(/^.*?(?=(\.d)?\.\w+(\.map)?$)/, '')));
    expect([...kinds].filter((kind) => kind.startsWith('.')).sort()).toEqual(
      ['.cjs', '.cjs.map', '.d.cts', '.d.ts', '.js', '.js.map', '.json', '.md', '.mjs'].sort(),
    );
    expect(packedPaths().filter((path) => /\.test\.|\.types\.|tsbuildinfo|(^|\/)(tests|src|bench)\//.test(path))).toEqual([]);
    expect(packedPaths('.json').sort()).toEqual(['dist/cjs/package.json', 'dist/esm/package.json', 'package.json']);
  });

  it('has the code that its code imports, and the types that its types import', () => {
    expect(code.flatMap(neighbours).filter((path) => !code.includes(path))).toEqual([]);
    expect(types.flatMap(neighbours).filter((path) => !types.includes(typesOf(path)))).toEqual([]);
  });

  it('has code and types for every front door, in both formats', () => {
    const doors = ['esm', 'cjs'].flatMap((format) => ['index', 'register', 'testing'].map((door) => `dist/${format}/${door}.js`));
    expect(code).toEqual(expect.arrayContaining(doors));
    expect(types).toEqual(expect.arrayContaining(doors.map(typesOf)));
  });

  it('has the same files as ES modules and as CommonJS', () => {
    const inside = (folder: string): string[] =>
      packedPaths()
        .filter((path) => path.startsWith(folder))
        .map((path) => path.slice(folder.length))
        .sort();
    expect(inside('dist/esm/')).toEqual(inside('dist/cjs/'));
  });

  it('contains everything that its package.json names', () => {
    const { main, module, types, exports, sideEffects, bin } = JSON.parse(packedText('package.json')) as Record<string, unknown>;
    const named = pathsIn([main, module, types, exports, sideEffects, bin]);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !packedPaths().includes(path))).toEqual([]);
  });

  it('declares every package that it imports', () => {
    const { dependencies } = JSON.parse(packedText('package.json')) as { dependencies: Record<string, string> };
    const packages = new Set([...code, ...types].flatMap(imports).filter((name) => !/^(\.|node:)/.test(name)));
    expect([...packages].sort()).toEqual(Object.keys(dependencies).sort());
  });

  it('says nothing of the machine it was built on', () => {
    expect(packedPaths().filter((path) => packedText(path).includes(ROOT))).toEqual([]);
  });

  it('stays small', () => {
    const { size, unpackedSize } = npmPack();
    expect(size).toBeLessThan(1_000_000);
    expect(unpackedSize).toBeLessThan(4_000_000);
  });
});

describe('Source maps', () => {
  it('lie beside every file of the library’s code, which names its own', () => {
    const wrong = library.filter((path) => {
      const name = packedText(path).trimEnd().split('//# sourceMappingURL=').at(-1)!;
      return mapOf(path) !== join(dirname(path), name) || !packedPaths().includes(mapOf(path));
    });
    expect(wrong).toEqual([]);
  });

  it('name sources of ours as they lie beside the build, and bring their text, which the package does not have', () => {
    const sources = library.flatMap((path) => {
      const { version, sources: names, sourcesContent = [] } = packedMap(mapOf(path));
      return names.map((name, index) => ({ version, source: join(dirname(path), name), hasText: Boolean(sourcesContent[index]) }));
    });
    // Code that was made of code in the package may name that.
    const isRight = (source: string): boolean => /^src\/[\w/-]+\.c?ts$/.test(source) || code.includes(source);
    expect(sources.filter(({ version, source, hasText }) => version !== 3 || !isRight(source) || !hasText)).toEqual([]);
    expect(new Set(sources.map(({ source }) => source).filter((source) => source.startsWith('src/'))).size).toBeGreaterThan(50);
  });
});
