import type * as Toolspan from 'toolspan';

/** The library once more, as a process has it that loads two versions, or an ESM and a CommonJS copy. */
export function anotherCopy(): typeof Toolspan {
  let copy: typeof Toolspan | undefined;
  jest.isolateModules(() => {
    copy = jest.requireActual<typeof Toolspan>('toolspan');
  });
  return copy!;
}
