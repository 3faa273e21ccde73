import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Check, Report } from '../../src/doctor/report.js';

// On a busy machine each program takes seconds to start.
jest.setTimeout(120_000);

export const PROGRAM = join(__dirname, '..', '..', 'dist', 'bin', 'toolspan.mjs');

/** How a run of the doctor ended. */
export interface Visit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** With `--json`. */
  readonly report: Report;
  check(id: string): Check;
}

/** How it is run: by default the built program, where nobody else's metrics server can be in the way. */
export interface VisitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly command?: readonly [string, ...string[]];
}

/** Runs `toolspan` with these arguments, in an environment that names nothing but what is given. */
export function runDoctor(
  words: readonly string[],
  { env = {}, cwd = process.cwd(), command = [process.execPath, PROGRAM] }: VisitOptions = {},
): Promise<Visit> {
  const [program, ...first] = command;
  const startedAt = performance.now();
  const child = spawn(program, [...first, ...words], { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const report = (): Report => JSON.parse(stdout) as Report;
      resolve({
        code,
        stdout,
        stderr,
        ms: performance.now() - startedAt,
        get report() {
          return report();
        },
        check: (id) => checkIn(report(), id),
      });
    });
  });
}

function checkIn({ checks }: Report, id: string): Check {
  const check = checks.find((candidate) => candidate.id === id);
  if (!check) throw new Error(`there is no ${id} among ${checks.map((candidate) => candidate.id).join(', ')}`);
  return check;
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL|OTLP|DD|NODE|JEST|npm|KUBERNETES)_|proxy$|^(NO_COLOR|FORCE_COLOR)$/i.test(name),
  );
  return { ...Object.fromEntries(inherited), OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env };
}
