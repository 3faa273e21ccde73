import { transformSync as esbuild, type TransformOptions } from 'esbuild';
import { transformSync as swc } from '@swc/core';
import ts from 'typescript';

/** What a project may compile its decorators with: TypeScript source in, CommonJS out. No source maps: jest would read them for every stack. */
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
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, ...options },
      }).outputText,
  };
}

function viaEsbuild(name: string, compilerOptions: { experimentalDecorators?: boolean }, options: TransformOptions = {}): Compiler {
  return {
    name: `esbuild, ${name}`,
    isStandard: !compilerOptions.experimentalDecorators,
    compile: (source, sourcefile) =>
      esbuild(source, {
        loader: 'ts',
        format: 'cjs',
        target: 'node20',
        sourcefile,
        tsconfigRaw: { compilerOptions },
        ...options,
      }).code,
  };
}

function viaSwc(name: string, transform: object, isStandard: boolean, minify?: object): Compiler {
  return {
    name: `swc, ${name}`,
    isStandard,
    compile: (source, filename) =>
      swc(source, {
        filename,
        jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022', transform, ...(minify && { minify }) },
        minify: minify !== undefined,
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

/** Builds that shorten what they can, but for the names of classes and functions. */
export const MINIFIERS_THAT_KEEP_NAMES: readonly Compiler[] = minifiers(true);

/** Builds that shorten those as well. */
export const MINIFIERS: readonly Compiler[] = minifiers(false);

function minifiers(keepNames: boolean): Compiler[] {
  const esbuildOptions = { minify: true, keepNames };
  const swcOptions = {
    compress: { keep_classnames: keepNames, keep_fnames: keepNames },
    mangle: { toplevel: true, keep_classnames: keepNames, keep_fnames: keepNames },
  };
  return [
    viaEsbuild('legacy, minified', { experimentalDecorators: true }, esbuildOptions),
    viaEsbuild('standard, minified', {}, esbuildOptions),
    viaSwc('legacy, minified', { legacyDecorator: true }, false, swcOptions),
    viaSwc('standard, minified', { decoratorVersion: '2022-03' }, true, swcOptions),
  ];
}

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
