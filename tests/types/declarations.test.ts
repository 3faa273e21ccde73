import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { VERSION } from '../../src/version.js';

const ROOT = join(__dirname, '..', '..');
const DIST = join(ROOT, 'dist');

const declarations = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((path) => /\.d\.c?ts$/.test(path));

test('no declaration imports a package but those that are dependencies: the types compile where optional ones are missing', () => {
  const imported = declarations.flatMap((path) =>
    ts.preProcessFile(readFileSync(join(DIST, path), 'utf8')).importedFiles.map(({ fileName }) => fileName),
  );
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
  const packages = new Set(imported.filter((name) => !/^(\.|node:)/.test(name)));
  expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
  expect(declarations.length).toBeGreaterThan(50);
});

test('no declaration that a front door leads to imports from Node: the types compile without @types/node', () => {
  const seen = new Set<string>();
  const fromNode: string[] = [];
  const walk = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { fileName } of ts.preProcessFile(readFileSync(join(DIST, 'esm', path), 'utf8')).importedFiles) {
      if (fileName.startsWith('node:')) fromNode.push(`${path}: ${fileName}`);
      if (fileName.startsWith('.')) walk(join(dirname(path), fileName.replace(/\.(c?)js$/, '.d.$1ts')));
    }
  };
  for (const door of ['index', 'register', 'testing']) walk(`${door}.d.ts`);
  expect(fromNode).toEqual([]);
  expect(seen.size).toBeGreaterThan(30);
});

test('no `any` in the public surface', () => {
  const withAny = declarations.filter((path) => /\bany\b/.test(withoutComments(readFileSync(join(DIST, path), 'utf8'))));
  expect(withAny).toEqual([]);
});

test.each(['index', 'testing'])('the names that toolspan %s exports are these', (door) => {
  const file = join(DIST, 'esm', `${door}.d.ts`);
  const program = ts.createProgram([file], { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 });
  const symbol = program.getTypeChecker().getSymbolAtLocation(program.getSourceFile(file)!)!;
  const names = program
    .getTypeChecker()
    .getExportsOfModule(symbol)
    .map(({ name }) => name);
  expect(names.sort()).toMatchSnapshot();
});

test('the version is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
