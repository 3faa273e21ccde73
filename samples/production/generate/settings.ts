/**
 * What a team sets for itself. After a change: `npm run production`, which writes rules, dashboard and runbook anew.
 * Thresholds of alerts are shares between 0 and 1.
 */
export const SETTINGS = {
  /** Share of calls that may fail. */
  errorRatio: 0.05,
  /** Share of calls of a tool that may need a retry. */
  retryRatio: 0.2,
  /** Share of calls that a rate limit or a bulkhead may refuse. */
  refusedRatio: 0.05,
  /** Times within half an hour that a circuit may open anew. */
  openings: 3,
  /** So large a share of the calls is to end within so many seconds; these must be a bound of the buckets. */
  latency: { objective: 0.99, seconds: 1 },
  /** So large a share of the calls is to succeed. */
  availability: { objective: 0.99 },
  /** Where the runbook is found; an alert adds `#` and its name in small letters. */
  runbook: 'RUNBOOK.md',
} as const;
