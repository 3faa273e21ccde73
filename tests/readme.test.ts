import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ATTRIBUTE, METRICS } from '../src/telemetry/catalogue.js';

const ROOT = join(__dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const SNIPPETS = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);

/** What a user's project would say about the snippets: against the built package, each a file of its own. */
function complaints(folder: string, decorators: ts.CompilerOptions): string[] {
  mkdirSync(folder, { recursive: true });
  const files = SNIPPETS.map((code, index) => {
    const file = join(folder, `snippet-${index}.ts`);
    writeFileSync(file, code);
    return file;
  });
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    types: ['node', 'jest'],
    typeRoots: [join(ROOT, 'node_modules', '@types')],
    paths: {
      toolspan: [join(ROOT, 'dist/esm/index.d.ts')],
      'toolspan/testing': [join(ROOT, 'dist/esm/testing.d.ts')],
    },
    ...decorators,
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const folder = join(ROOT, '.build', 'readme');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['standard', {}],
  ['legacy', { experimentalDecorators: true }],
])('the README’s code compiles with %s decorators', (mode, decorators) => {
  expect(SNIPPETS.length).toBeGreaterThan(3);
  expect(complaints(join(folder, mode), decorators)).toEqual([]);
});

test('the README’s test passes', async () => {
  const snippet = SNIPPETS.find((code) => code.includes('test('))!;
  const { outputText } = ts.transpileModule(snippet, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const bodies: (() => Promise<void>)[] = [];
  const collect = (_name: string, body: () => Promise<void>): void => void bodies.push(body);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the README is ours
  new Function('require', 'exports', 'test', 'expect', outputText)(require, {}, collect, expect);
  expect(bodies).toHaveLength(1);
  await bodies[0]!();
  expect.assertions(4);
});

test('the README names every metric and every attribute, and none that does not exist', () => {
  const named = Array.from(README.matchAll(/^\| `(tool_[a-z_]+)` \|/gm), ([, name]) => name!);
  expect(named.sort()).toEqual(Object.keys(METRICS).sort());
  for (const attribute of Object.values(ATTRIBUTE)) {
    expect(README).toMatch(new RegExp(`\\b${attribute.replaceAll('.', '\\.')}\\b|\\b${attribute.replace(/\.\w+$/, '\\.\\*')}`));
  }
});
