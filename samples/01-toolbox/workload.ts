import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitOpenError, ToolRefusedError } from 'toolspan';
import { HttpError, isPassing } from './fetch-tool.js';

/** One piece of work: it calls tools. */
export type Job = () => Promise<unknown>;

/** How many work at a time. */
export const AGENTS = 4;

const TURNS = 12;
const PAUSE_MS = 600;

/** Works through the jobs with a few agents at a time. An agent that is refused comes back when the error says so. */
export class Workload {
  done = 0;
  givenUp = 0;
  /** Errors that reached the callers of the tools, by what they were. */
  readonly errors = new Map<string, number>();
  /** What a caller was told that met an open circuit, the first time. */
  refusal: string | undefined;

  async run(jobs: Iterable<Job>): Promise<void> {
    const queue = jobs[Symbol.iterator]();
    const agent = async (): Promise<void> => {
      for (let next = queue.next(); !next.done; next = queue.next()) await this.#see(next.value);
    };
    await Promise.all(Array.from({ length: AGENTS }, agent));
  }

  /** Everything at once, and nobody comes back. Returns how many were done. */
  async burst(jobs: readonly Job[]): Promise<number> {
    const results = await Promise.allSettled(jobs.map((job) => job()));
    const failed = results.filter((result) => result.status === 'rejected');
    for (const { reason } of failed) this.#note(reason);
    return jobs.length - failed.length;
  }

  async #see(job: Job): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) {
      try {
        await job();
        this.done += 1;
        return;
      } catch (error) {
        this.#note(error);
        const pause = pauseAfter(error);
        if (pause === undefined) break;
        await sleep(pause);
      }
    }
    this.givenUp += 1;
  }

  #note(error: unknown): void {
    const kind = kindOf(error);
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
    if (error instanceof CircuitOpenError && error.retryAfterMs !== undefined) this.refusal ??= error.message;
  }
}

/** Milliseconds until another try makes sense; `undefined` if it never will. */
function pauseAfter(error: unknown): number | undefined {
  if (error instanceof ToolRefusedError) return error.retryAfterMs ?? PAUSE_MS;
  if (error instanceof HttpError && isPassing(error)) return error.retryAfterMs ?? PAUSE_MS;
  return undefined;
}

function kindOf(error: unknown): string {
  if (error instanceof ToolRefusedError) return error.name;
  const { message, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ? `${message} (${cause.code})` : message;
}
