import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { eventually } from './eventually';

// On a busy machine each program takes seconds to start.
jest.setTimeout(60_000);

const PROGRAMS = join(__dirname, '..', 'integration', 'programs');

/** How a program is started. */
export interface ProgramOptions {
  /** What the program finds in `given`. */
  readonly given?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `performance.now()` of the end. */
  readonly endedAt: number;
}

interface Report {
  readonly name: string;
  readonly value: unknown;
  /** `performance.now()` of its arrival. */
  readonly at: number;
}

const running = new Set<ChildProgram>();
const talkative: string[] = [];

/** A program in a process of its own. It reports through file descriptor 3, so that its stdout stays what the library leaves it. */
export class ChildProgram {
  /** Marks what this program sends: the resource attribute `test.run`. */
  readonly run = randomUUID();
  readonly ended: Promise<Ending>;
  stderr = '';
  #stdout = '';
  readonly #reports: Report[] = [];
  readonly #child: ChildProcess;
  #ending: Ending | undefined;

  private constructor(file: string, { given = {}, env = {}, nodeArguments = [] }: ProgramOptions) {
    this.#child = spawn(process.execPath, [...nodeArguments, file, JSON.stringify(given)], {
      env: this.#environment(env),
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#collect();
    this.ended = this.#awaitEnd();
    running.add(this);
  }

  /** Starts one of `tests/integration/programs`, or the file with this absolute path. */
  static start(name: string, options: ProgramOptions = {}): ChildProgram {
    return new ChildProgram(name.startsWith('/') ? name : join(PROGRAMS, `${name}.mjs`), options);
  }

  /** Runs it to its natural end. */
  static async run(name: string, options: ProgramOptions = {}): Promise<ChildProgram & { readonly ending: Ending }> {
    const program = ChildProgram.start(name, options);
    await program.ended;
    return program as ChildProgram & { readonly ending: Ending };
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** What it reported under this name; waits for it. */
  async reported<T>(name: string): Promise<T> {
    return (await this.#awaitReport(name)).value as T;
  }

  /** Waits until it has reported this so many times. */
  async reportedTimes(name: string, times: number): Promise<void> {
    await eventually(
      `the program reports ${name} ${times} times`,
      () => this.#reports.filter((report) => report.name === name).length >= times,
    );
  }

  /** When it reported this: `performance.now()`; waits for it. */
  async reportedAt(name: string): Promise<number> {
    return (await this.#awaitReport(name)).at;
  }

  /** Writes a line to its stdin. */
  say(line: string): void {
    (this.#child.stdin as Writable).write(`${line}\n`);
  }

  /** Sends a signal; returns `performance.now()`. */
  signal(signal: NodeJS.Signals): number {
    this.#child.kill(signal);
    return performance.now();
  }

  #environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const attributes = [env['OTEL_RESOURCE_ATTRIBUTES'], `test.run=${this.run}`].filter(Boolean).join(',');
    const inherited = Object.entries(process.env).filter(([name]) => !/^(OTEL|DD|NODE|JEST)_/.test(name));
    return { ...Object.fromEntries(inherited), OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env, OTEL_RESOURCE_ATTRIBUTES: attributes };
  }

  #collect(): void {
    const [, stdout, stderr, reports] = this.#child.stdio as unknown as Readable[];
    stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#child.stdin!.on('error', () => undefined);
    let rest = '';
    reports!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.#reports.push({ ...(JSON.parse(line) as Report), at: performance.now() });
    });
  }

  #awaitEnd(): Promise<Ending> {
    return new Promise((resolve, reject) => {
      let endedAt = 0;
      this.#child.on('error', reject);
      this.#child.on('exit', () => (endedAt = performance.now()));
      this.#child.on('close', (code, signal) => {
        running.delete(this);
        if (this.#stdout !== '') talkative.push(this.#stdout);
        this.#ending = { code, signal, stdout: this.#stdout, stderr: this.stderr, endedAt };
        resolve(this.#ending);
      });
    });
  }

  async #awaitReport(name: string): Promise<Report> {
    return eventually(
      `the program reports ${name}`,
      () => {
        const found = this.#reports.find((report) => report.name === name);
        if (!found && this.#ending) throw new Error(`the program ended without reporting ${name}:\n${this.stderr}`);
        return found;
      },
      40_000,
    );
  }
}

/** Ends what a test left running, each by its pid. Throws if any program wrote to stdout: ours never does, whatever happens. */
export async function stopPrograms(): Promise<void> {
  for (const program of running) program.signal('SIGKILL');
  await Promise.all([...running].map(({ ended }) => ended));
  if (talkative.length > 0) throw new Error(`programs wrote to stdout:\n${talkative.splice(0).join('\n')}`);
}
