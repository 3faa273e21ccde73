import type { Clock } from '../../src/core/clock.js';
import type { TestObservability, TestSpan } from 'toolspan/testing';

/** Everything that an iterable gives, to its end. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const chunks: T[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** Waits on the clock of the test. */
export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(resolve, milliseconds));
}

/** The finished calls, without attempts and other spans. */
export function callsIn({ spans }: TestObservability): TestSpan[] {
  return spans.filter(({ name, attributes }) => name === 'tool.execute' && 'gen_ai.tool.name' in attributes);
}

/** How the finished call of a tool ended, as its span tells it; fails unless there is exactly one. */
export function endingOf(seen: TestObservability, tool: string): { outcome: unknown; chunks: unknown; success: unknown } {
  const calls = callsIn(seen).filter(({ attributes }) => attributes['tool.name'] === tool);
  if (calls.length !== 1) throw new Error(`${tool} has ${calls.length} finished calls:\n${seen.tree()}`);
  const { attributes } = calls[0]!;
  return {
    outcome: attributes['tool.stream.outcome'],
    chunks: attributes['tool.stream.chunks'],
    success: attributes['tool.success'],
  };
}

/** Calls counted as executions. */
export function counted(seen: TestObservability, tool: string): { success: number | undefined; error: number | undefined } {
  return {
    success: seen.metric('tool_executions_total', { tool, status: 'success' }),
    error: seen.metric('tool_executions_total', { tool, status: 'error' }),
  };
}

/** Until everything that is ready has run its course, event loop turns of streams included. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
