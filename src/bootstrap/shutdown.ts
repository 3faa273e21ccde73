import { LONGEST_TIMEOUT_MS, systemClock } from '../core/clock.js';
import { messageOf } from '../core/thrown.js';
import { layRowsAgain, runtime } from '../pipeline/runtime.js';
import { ABANDONED, type StreamRecord } from '../streams/stream-record.js';
import { EXIT_TIMEOUT_MS } from './exit.js';
import { stopMetrics } from './metrics/metrics.js';
import { connect, type Observability } from './state.js';

/** What the first set-up decides, and the next one may decide anew. */
const WHAT_WAS_ON: Partial<Observability> = {
  tracing: undefined,
  metrics: undefined,
  counting: undefined,
  server: undefined,
  metricsAuth: undefined,
  disclosure: undefined,
  onFailedCall: undefined,
};

// A reader may take its time over a chunk; after this a stream that ends with the process is not waited for.
const LEFT_ALONE_MS = 1_000;

/** Delivers what was recorded within `timeoutMs`. Never rejects. */
export async function flush({ tracing, deliveries, faults }: Observability, timeoutMs = EXIT_TIMEOUT_MS): Promise<void> {
  if (!tracing && deliveries.size === 0) return;
  const flushed = tracing?.flush().catch((error: unknown) => faults.report('export', error));
  await within(timeoutMs, Promise.all([flushed, ...Array.from(deliveries.values(), (delivery) => delivery.flush())]));
}

/**
 * The order of the end: calls under way may finish, for up to half of the time; what was recorded is delivered; then everything
 * is closed and the globals that we set are released. Tools run on, untraced. Never rejects.
 */
export function shutdown(state: Observability, timeoutMs = EXIT_TIMEOUT_MS): Promise<void> {
  return heldUpBy(state, takeDown(state, timeoutMs));
}

/** Has who sets up meanwhile wait: what is taken away must not be taken for what is on. */
export function heldUpBy(state: Observability, down: Promise<void>): Promise<void> {
  const done = down.finally(() => {
    if (state.takingDown === done) state.takingDown = undefined;
  });
  state.takingDown = done;
  return done;
}

async function takeDown(state: Observability, timeoutMs: number): Promise<void> {
  const { tracing, metrics, server, counting } = state;
  const deadline = systemClock.now() + timeoutMs;
  const left = (): number => Math.max(0, deadline - systemClock.now());

  runtime.explain?.(`shutting down within ${timeoutMs} ms`);
  endStreams(({ idleMs }) => idleMs >= LEFT_ALONE_MS);
  await within(timeoutMs / 2, state.inFlight.idle());
  endStreams();
  Object.assign(state, WHAT_WAS_ON);
  connect(state);
  state.removeExitHooks?.();
  state.removeExitHooks = undefined;

  const deliveries = [...state.deliveries.values()];
  await flush({ ...state, tracing }, left());
  state.deliveries.clear();
  const closing = [tracing?.stop(), server?.close(), ...deliveries.map((delivery) => delivery.stop())].map((closed) =>
    Promise.resolve(closed).catch((error: unknown) => state.faults.report('export', error)),
  );
  await within(left(), Promise.all(closing));
  tracing?.abandon();
  counting?.stop();
  if (metrics) stopMetrics(metrics);
  runtime.explain?.('shut down; tools run on, unwatched');
  layRowsAgain();
}

/** Has streams that nobody reads, or that nobody will read, be over, as of their last chunk: their spans would be lost. */
export function endStreams(which: (stream: StreamRecord) => boolean = () => true): void {
  for (const stream of [...runtime.openStreams]) if (which(stream)) stream.end(ABANDONED);
}

/** Resolves with the promise, or when the time is up; the timer keeps the process alive until then. */
function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    promise.then(() => resolve(), reject).finally(() => clearTimeout(timer));
  });
}

/** A time limit as callers give it; one that is none is said once, and the default taken. */
export function checkedTimeout(timeoutMs: unknown): number {
  if (timeoutMs === undefined) return EXIT_TIMEOUT_MS;
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return Math.min(timeoutMs, LONGEST_TIMEOUT_MS);
  runtime.once.warn('timeout', `a time limit of ${messageOf(timeoutMs)} is not a number of milliseconds; ${EXIT_TIMEOUT_MS} is used`);
  return EXIT_TIMEOUT_MS;
}
