import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { OPTIONAL_PACKAGES } from '../support/bare-consumer';
import { ChildProgram, type Ending, type ProgramOptions } from '../support/child-program';
import { packedPaths, ROOT } from './packed';

const REPORT = join(ROOT, 'tests', 'integration', 'programs', 'report.mjs');
const PROGRAMS = join(__dirname, 'programs');

/** A project far from ours that has installed what `npm pack` packs, and every optional package. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), 'toolspan-project-'));

  constructor() {
    const modules = join(this.folder, 'node_modules');
    for (const path of packedPaths()) cpSync(join(ROOT, path), join(modules, 'toolspan', path), { recursive: true });
    for (const name of ['lru-cache', 'reflect-metadata', ...OPTIONAL_PACKAGES]) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), join(modules, name), 'dir');
    }
    this.write('package.json', JSON.stringify({ name: 'some-project', private: true }));
    cpSync(REPORT, join(this.folder, 'report.mjs'));
    cpSync(PROGRAMS, this.folder, { recursive: true });
  }

  /** Writes a file of the project's own. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Starts one of `tests/packaging/programs`, or what was bundled, as a user does who stands in the project's folder, or elsewhere. */
  start(file: string, options: ProgramOptions = {}, standingIn = this.folder): ChildProgram {
    const before = process.cwd();
    process.chdir(standingIn);
    try {
      return ChildProgram.start(resolve(this.folder, file), options);
    } finally {
      process.chdir(before);
    }
  }

  /** Runs it to its natural end. */
  async run(file: string, options: ProgramOptions = {}, standingIn = this.folder): Promise<ChildProgram & { readonly ending: Ending }> {
    const program = this.start(file, options, standingIn);
    await program.ended;
    return program as ChildProgram & { readonly ending: Ending };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
