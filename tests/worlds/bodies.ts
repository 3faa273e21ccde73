import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { evaluate, type Compiler } from './compilers.js';
import type { World } from './world.js';

const BODIES = join(__dirname, 'bodies');

/** The test bodies that a compiler can compile: those of its own world, and those of both. */
export function bodiesOf({ isStandard }: Compiler): string[] {
  return ['common', isStandard ? 'standard' : 'legacy'].flatMap((folder) =>
    readdirSync(join(BODIES, folder))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
}

/** Compiles a body and has it define its tests. What they expect is written there, so it is the same for every compiler. */
export function defineTests(compiler: Compiler, body: string): void {
  let written: jest.SpyInstance;
  beforeEach(() => {
    written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => written.mockRestore());

  const { name, isStandard } = compiler;
  const world: World = { name, isStandard, warnings: () => written.mock.calls.map(([line]) => String(line)) };
  const file = join(BODIES, body);
  try {
    evaluate(compiler, readFileSync(file, 'utf8'), file, (id) => load(id, file, world));
  } catch (error) {
    test('compiles', () => {
      throw error;
    });
  }
}

function load(id: string, from: string, world: World): unknown {
  if (id.endsWith('/world.js')) return { world };
  return jest.requireActual(id.startsWith('.') ? join(dirname(from), id.replace(/\.js$/, '')) : id);
}
