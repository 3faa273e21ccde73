/** Throws unless the two are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: ${String(actual)} instead of ${String(expected)}`);
}

/** Throws on the first that one of the two has and the other has not; both are in order. */
export function expectSame(what: string, actual: readonly string[], expected: readonly string[]): void {
  const index = actual.findIndex((one, at) => one !== expected[at]);
  if (index >= 0 || actual.length !== expected.length) expectEqual(what, actual[index], expected[index < 0 ? actual.length : index]);
}

/** Throws unless the executions counted and the durations observed are exactly the calls made, all of them successes. */
export function expectCounted(exposition: string, tool: string, calls: number): void {
  const labels = `tool="${tool}",namespace="bench"`;
  for (const [sample, expected] of [
    [`tool_executions_total{${labels},status="success"}`, calls],
    [`tool_execution_duration_seconds_count{${labels}}`, calls],
    [`tool_execution_duration_seconds_bucket{le="+Inf",${labels}}`, calls],
  ] as const) {
    expectEqual(sample, sampleOf(exposition, sample), expected);
  }
}

/** The same for what the policies counted of calls none of which failed or was refused. */
export function expectPoliciesCounted(exposition: string, tool: string, { calls, misses }: { calls: number; misses: number }): void {
  for (const [sample, expected] of [
    [`tool_cache_operations_total{tool="${tool}",operation="lookup",result="hit"}`, calls - misses],
    [`tool_cache_operations_total{tool="${tool}",operation="lookup",result="miss"}`, misses],
    [`tool_cache_operations_total{tool="${tool}",operation="set",result="set"}`, misses],
    [`tool_rate_limit_checks_total{tool="${tool}",allowed="true"}`, misses],
    [`tool_retry_attempts_total{tool="${tool}",attempt="0",success="true"}`, misses],
  ] as const) {
    expectEqual(sample, sampleOf(exposition, sample) ?? 0, expected);
  }
}

/** The value of a sample in the text format; the order of its labels does not matter. */
export function sampleOf(exposition: string, sample: string): number | undefined {
  const wanted = labelsInOrder(sample);
  const line = exposition.split('\n').find((candidate) => labelsInOrder(candidate.slice(0, candidate.lastIndexOf(' '))) === wanted);
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

function labelsInOrder(sample: string): string {
  return sample.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').sort().join()}}`);
}
