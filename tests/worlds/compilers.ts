import { transformSync as esbuild } from 'esbuild';
import { transformSync as swc } from '@swc/core';
import ts from 'typescript';

/** What a project may compile its decorators with: TypeScript source in, CommonJS out. */
export interface Compiler {
  readonly name: string;
  readonly isStandard: boolean;
  compile(source: string, file: string): string;
}

function typescript(name: string, options: ts.CompilerOptions): Compiler {
  return {
    name: `tsc, ${name}`,
    isStandard: !options.experimentalDecorators,
    compile: (source, fileName) =>
      ts.transpileModule(source, {
        fileName,
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, inlineSourceMap: true, ...options },
      }).outputText,
  };
}

function viaEsbuild(name: string, compilerOptions: { experimentalDecorators?: boolean }, target = 'node20'): Compiler {
  return {
    name: `esbuild, ${name}`,
    isStandard: !compilerOptions.experimentalDecorators,
    compile: (source, sourcefile) =>
      esbuild(source, { loader: 'ts', format: 'cjs', target, sourcefile, sourcemap: 'inline', tsconfigRaw: { compilerOptions } }).code,
  };
}

function viaSwc(name: string, transform: object, isStandard: boolean): Compiler {
  return {
    name: `swc, ${name}`,
    isStandard,
    compile: (source, filename) =>
      swc(source, {
        filename,
        sourceMaps: 'inline',
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022', transform },
        module: { type: 'commonjs' },
      }).code,
  };
}

export const COMPILERS: readonly Compiler[] = [
  typescript('legacy', { experimentalDecorators: true }),
  typescript('legacy with metadata', { experimentalDecorators: true, emitDecoratorMetadata: true }),
  typescript('standard', {}),
  typescript('standard for ES2021', { target: ts.ScriptTarget.ES2021 }),
  viaEsbuild('legacy', { experimentalDecorators: true }),
  viaEsbuild('standard', {}),
  viaSwc('legacy', { legacyDecorator: true }, false),
  viaSwc('legacy with metadata', { legacyDecorator: true, decoratorMetadata: true }, false),
  viaSwc('standard 2022-03', { decoratorVersion: '2022-03' }, true),
  viaSwc('standard 2023-11', { decoratorVersion: '2023-11' }, true),
];

/** Compiles a module and runs it; what it imports comes from `load`. */
export function evaluate(compiler: Compiler, source: string, file: string, load: (id: string) => unknown): Record<string, unknown> {
  const module = { exports: {} };
  // Not by node:vm: that would run it in the realm outside of jest's, where promises and errors have other classes.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function(
    'module',
    'exports',
    'require',
    `${compiler.compile(source, file)}\n//# sourceURL=${file} (${compiler.name})`,
  ) as (...globals: unknown[]) => void;
  run(module, module.exports, load);
  return module.exports;
}
