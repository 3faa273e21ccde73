import { setTimeout as sleep } from 'node:timers/promises';
import type { Collector, SamplePrometheus } from './servers';

/** Random numbers that come again with the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What is done to a server. */
interface Outage {
  readonly what: string;
  /** How long it lasts at least, in milliseconds. */
  readonly leastMs: number;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** What the apps give an export, in milliseconds: enough for a collector on a busy machine, and less than it hangs. */
export const EXPORT_TIMEOUT_MS = 2_500;

/** Outages that can happen: ends by either signal, and a collector that hangs, so that answers are lost. */
export function outagesOf(collector: Collector, prometheus: SamplePrometheus): Outage[] {
  const stopped = (what: string, server: Collector | SamplePrometheus, signal: NodeJS.Signals): Outage => ({
    what: `${what} ${signal}`,
    leastMs: 300,
    begin: () => server.stop(signal),
    end: () => server.start(),
  });
  return [
    stopped('collector', collector, 'SIGKILL'),
    stopped('collector', collector, 'SIGTERM'),
    { what: 'collector hangs', leastMs: EXPORT_TIMEOUT_MS + 500, begin: () => collector.freeze(), end: () => collector.thaw() },
    stopped('Prometheus', prometheus, 'SIGKILL'),
    stopped('Prometheus', prometheus, 'SIGTERM'),
  ];
}

/**
 * Outages one after the other, in an order and for times that the random numbers give, until the time is up; the first is the first of the list, and
 * each kind comes once before any comes again. Afterwards everything runs. Gives what was done.
 */
export async function playOutages(outages: readonly Outage[], durationMs: number, random: () => number): Promise<string[]> {
  const done: string[] = [];
  const endsAt = performance.now() + durationMs;
  let left: Outage[] = [];
  for (;;) {
    await sleep(Math.min(500 + random() * 2_500, Math.max(0, endsAt - performance.now())));
    if (performance.now() >= endsAt) return done;
    if (left.length === 0) left = [...outages];
    const [outage] = left.splice(done.length === 0 ? 0 : Math.floor(random() * left.length), 1);
    await outage!.begin();
    await sleep(outage!.leastMs + random() * 2_500);
    await outage!.end();
    done.push(outage!.what);
  }
}
