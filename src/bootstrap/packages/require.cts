// A CommonJS file in both builds: the ESM build has no `require` of its own, and set-up must load packages synchronously.
// Bundled into an ES module there is no `require` and no `__filename`; then packages are looked for from the program's main file.
const { createRequire } = process.getBuiltinModule('node:module');
const { realpathSync } = process.getBuiltinModule('node:fs');

const here = typeof __filename === 'string' ? __filename : mainFile();

function mainFile(): string {
  try {
    return realpathSync(process.argv[1]!);
  } catch {
    return `${process.cwd()}/`; // there is none: the REPL, or `node -e`
  }
}

/** Loads a package as seen from this one. */
export const requirePackage: (id: string) => unknown = createRequire(here);

/** Whether a package can be found from this one. */
export function canRequire(id: string): boolean {
  try {
    return createRequire(here).resolve(id) !== '';
  } catch {
    return false;
  }
}

/** This file, or the main file of the program that has it inside: packages are looked for from there. */
export const home: string = here;

/** The file that a name stands for, as seen from another file. */
export function resolveFrom(parentFile: string, id: string): string | undefined {
  try {
    return createRequire(parentFile).resolve(id);
  } catch {
    return undefined;
  }
}

/** Loads a package as seen from another one that depends on it. */
export function requireFrom(parent: string, id: string): unknown {
  return createRequire(createRequire(here).resolve(parent))(id);
}
