import { messageOf } from '../../core/thrown.js';
import { canRequire } from './require.cjs';

// This room is the one place that loads optional packages. What we use of them is written out, so that our types compile without them.

/** What became of an optional package. */
export type Loaded<Module> =
  { readonly module: Module; readonly problem?: undefined } | { readonly module?: undefined; readonly problem: string };

/** Loads a package, or says why not. */
export function load<Module>(id: string, read: (id: string) => Module): Loaded<Module> {
  try {
    return { module: read(id) };
  } catch (error) {
    return { problem: problemOf(id, error) };
  }
}

/** What is wrong with a package, and the command that cures it: another one may be missing that it needs. */
function problemOf(id: string, error: unknown): string {
  const reason = messageOf(error).split('\n', 1)[0]!;
  const isMissing = (error as { code?: unknown } | undefined)?.code === 'MODULE_NOT_FOUND';
  const missing = isMissing ? (/^Cannot find module '([^'./][^']*)'/.exec(reason)?.[1] ?? id) : undefined;
  if (missing === id) return `${id} is not installed; npm install ${id}`;
  if (missing !== undefined) return `${id} needs ${missing}, which is not installed; npm install ${missing}`;
  return `${id} could not be loaded (${reason}); npm install ${id}`;
}

/** Of several packages those that are missing, in one sentence. `undefined` unless there are at least two. */
export function missingTogether(wanted: readonly string[]): string | undefined {
  const missing = wanted.filter((id) => !canRequire(id));
  return missing.length > 1 ? `${missing.join(', ')} are not installed; npm install ${missing.join(' ')}` : undefined;
}
