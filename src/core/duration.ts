/** A length of time: a number of milliseconds, or a string such as `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'1d'`. */
export type Duration = number | `${number}${DurationUnit}`;

type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd';

const MILLISECONDS: Record<DurationUnit, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** The milliseconds that a `Duration` stands for; `undefined` for what is none (negative, infinite, unknown unit). */
export function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = PATTERN.exec(value);
  if (!match) return undefined;
  const milliseconds = Number(match[1]) * MILLISECONDS[match[2] as DurationUnit];
  return Number.isFinite(milliseconds) ? milliseconds : undefined;
}

// A nanosecond: times are sums of fractions, and the last bit of one is not to make a millisecond.
const TOLERANCE_MS = 1e-6;

/** Whole milliseconds to wait: a timer cuts fractions off, and who waits as long as told is not to be too early. */
export function wholeMilliseconds(milliseconds: number): number {
  return Math.max(0, Math.ceil(milliseconds - TOLERANCE_MS));
}

/** A length of time for people and language models: `850 ms`, `4.2 s`, `3 min`, `2 h`. */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(1, Math.ceil(milliseconds))} ms`;
  if (milliseconds < 120_000) return `${trim(milliseconds / 1_000)} s`;
  if (milliseconds < 7_200_000) return `${trim(milliseconds / 60_000)} min`;
  return `${trim(milliseconds / 3_600_000)} h`;
}

/** Rounded up, so that who waits as long as told is not too early. */
function trim(value: number): string {
  return String(Math.ceil(value * 10) / 10);
}
