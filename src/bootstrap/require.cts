import { createRequire } from 'node:module';

// A CommonJS file in both builds: the ESM build has no `require` of its own, and set-up must load packages synchronously.
// Bundled into an ES module there is no `__filename`; then packages are looked for from the working directory.
const here = typeof __filename === 'string' ? __filename : `${process.cwd()}/`;

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

/** Loads a package as seen from another one that depends on it. */
export function requireFrom(parent: string, id: string): unknown {
  return createRequire(createRequire(here).resolve(parent))(id);
}
