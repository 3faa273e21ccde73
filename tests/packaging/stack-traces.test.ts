import { dirname, join, sep } from 'node:path';
import { stopPrograms } from '../support/child-program';
import { packedMap, packedPaths } from './packed';
import { Project } from './project';

const project = new Project();

afterAll(stopPrograms);
afterAll(() => project.remove());

/** The innermost place that a stack names. */
function place(stack: string): { file: string; line: number; column: number } {
  const [, file, line, column] = /^ +at .*?([^(/\s]*\/[^(\s]+):(\d+):(\d+)\)?$/m.exec(stack)!;
  return { file: file!, line: Number(line), column: Number(column) };
}

/** The text of a source, as one of the maps in this folder brings it. */
function sourceText(folder: string, source: string): string {
  for (const path of packedPaths('.map').filter((name) => name.startsWith(folder))) {
    const { sources, sourcesContent } = packedMap(path);
    const index = sources.findIndex((name) => join(dirname(path), name) === source);
    if (index >= 0) return sourcesContent![index]!;
  }
  throw new Error(`no map has ${source}`);
}

describe.each(['esm', 'cjs'])('An error that the package throws (%s)', (format) => {
  it('is traced to the line of the TypeScript source with node --enable-source-maps', async () => {
    const program = await project.run('throws.mjs', { given: { format }, nodeArguments: ['--enable-source-maps'] });
    const { file, line, column } = place(await program.reported('stack'));
    const source = file.split(`toolspan${sep}`).pop()!;
    expect(source).toMatch(/^src\/.*\.ts$/);
    const text = sourceText(`dist/${format}/`, source).split('\n')[line - 1];
    expect(text?.slice(column - 1)).toMatch(/^(throw )?new ConfigurationError\(/);
  });

  it('is traced to the file that was built without it', async () => {
    const program = await project.run('throws.mjs', { given: { format } });
    expect(place(await program.reported('stack')).file).toContain(`toolspan/dist/${format}/`);
  });
});
