import type { DiscardingExporter } from './discarding-exporter.js';
import { expectEqual } from './expectations.js';

/** Spans of every call with a cache. */
const LOOKED_UP = ['tool.execute', 'tool.cache.lookup'] as const;

/** What a call that misses has besides. */
const RAN = [
  'tool.rate_limit.check',
  'tool.circuit_breaker.check',
  'tool.retry.attempt',
  'tool.execute (attempt)',
  'tool.cache.set',
] as const;

/** Spans of a call through all policies, by what the cache says. */
export const SPANS = { hit: LOOKED_UP, miss: [...LOOKED_UP, ...RAN] } as const;

/** Throws unless each call has its spans, and each of those that missed has all of them. */
export function expectSpans(exporter: DiscardingExporter, tracer: string, { calls, misses }: { calls: number; misses: number }): void {
  for (const name of LOOKED_UP) expectEqual(`${tracer}: spans ${name}`, exporter.count(tracer, 'find', name), calls);
  for (const name of RAN) expectEqual(`${tracer}: spans ${name}`, exporter.count(tracer, 'find', name), misses);
}

/** Throws unless about this share of the traces is there, and each of them is whole. */
export function expectSampled(exporter: DiscardingExporter, tracer: string, { calls, share }: { calls: number; share: number }): void {
  const traces = exporter.count(tracer, 'find', 'tool.execute');
  const isShare = Math.abs(traces / calls - share) < share / 10;
  if (!isShare) throw new Error(`${tracer}: ${traces} traces of ${calls} calls, where a share of ${share} was to be sampled`);
  expectSpans(exporter, tracer, { calls: traces, misses: traces });
}

/** Throws unless these makers' last spans of a tool have the same name, kind and attributes; values that are measured may differ. */
export function expectSameSpans(exporter: DiscardingExporter, tracers: readonly string[], tool: string, names: readonly string[]): void {
  const [first, ...others] = tracers as [string, ...string[]];
  for (const name of names) {
    const expected = looksOf(exporter, first, tool, name);
    for (const other of others) expectEqual(`${name} of ${other}`, looksOf(exporter, other, tool, name), expected);
  }
}

function looksOf(exporter: DiscardingExporter, tracer: string, tool: string, name: string): string {
  const { kind, attributes } = exporter.last(tracer, tool, name);
  const known = Object.entries(attributes).map(([key, value]) => [key, key === 'tool.duration_ms' ? typeof value : value]);
  return JSON.stringify([kind, known.sort()]);
}
