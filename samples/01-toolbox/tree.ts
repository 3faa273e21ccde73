import { SpanStatusCode } from '@opentelemetry/api';
import type { Screen } from './screen.js';
import type { Span } from './traces.js';

const NAME_WIDTH = 38;
const BAR_WIDTH = 24;

/** A trace as a tree, with the time each span took and where in the trace that was. */
export function drawTree(spans: readonly Span[], screen: Screen): string {
  const ordered = [...spans].sort((one, other) => time(one.startTime) - time(other.startTime));
  const root = ordered[0]!;
  const lines: string[] = [];
  const draw = (span: Span, first: string, rest: string): void => {
    lines.push(line(span, first, root, screen));
    const below = ordered.filter(({ parentSpanContext }) => parentSpanContext?.spanId === span.spanContext().spanId);
    below.forEach((child, index) => {
      const isLast = index === below.length - 1;
      draw(child, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`);
    });
  };
  draw(root, '', '');
  return lines.join('\n');
}

function line(span: Span, branch: string, root: Span, screen: Screen): string {
  const name = `${branch}${span.name.replace(/^tool\./, '')}`;
  const subject = subjectOf(span);
  const gap = ' '.repeat(Math.max(1, NAME_WIDTH - name.length - subject.length - 1));
  const duration = milliseconds(time(span.duration)).padStart(9);
  const bar = screen.paint(isFailed(span) ? 'red' : 'cyan', barOf(span, root));
  return `  ${name} ${screen.paint('bold', subject)}${gap}${screen.paint('dim', duration)}  ${bar}  ${outcomeOf(span, screen)}`.trimEnd();
}

/** A call says which tool it is, an attempt which of how many. */
function subjectOf({ attributes }: Span): string {
  if (attributes['gen_ai.tool.name'] !== undefined) return `${String(attributes['tool.namespace'])}.${String(attributes['tool.name'])}`;
  return attributes['retry.attempt'] === undefined ? '' : `#${String(attributes['retry.attempt'])}`;
}

function barOf(span: Span, root: Span): string {
  const scale = BAR_WIDTH / Math.max(time(root.duration), Number.MIN_VALUE);
  const from = Math.min(BAR_WIDTH - 1, Math.floor((time(span.startTime) - time(root.startTime)) * scale));
  const length = Math.min(BAR_WIDTH - from, Math.round(time(span.duration) * scale));
  return `${' '.repeat(from)}${'━'.repeat(length) || '╸'}`.padEnd(BAR_WIDTH);
}

function outcomeOf(span: Span, screen: Screen): string {
  const { attributes } = span;
  if (isFailed(span)) return screen.paint('red', `✗ ${problemOf(span)}`);
  const circuit = attributes['circuit.state'];
  if (circuit !== undefined) return circuit === 'CLOSED' ? 'CLOSED' : screen.paint('red', String(circuit));
  if (attributes['cache.hit'] !== undefined) return attributes['cache.hit'] ? screen.paint('green', 'hit') : 'miss';
  if (attributes['rate_limit.allowed'] !== undefined) return attributes['rate_limit.allowed'] ? 'allowed' : screen.paint('red', 'refused');
  return isWell(span) ? screen.paint('green', '✓') : '';
}

/** The message; that of a refusal is written for who called the tool, and long. */
function problemOf({ attributes, status }: Span): string {
  const type = String(attributes['error.type']);
  return ['CircuitOpenError', 'RateLimitError'].includes(type) ? type : (status.message ?? type);
}

function isWell({ attributes }: Span): boolean {
  return attributes['tool.success'] === true || attributes['retry.success'] === true;
}

function isFailed({ status }: Span): boolean {
  return status.code === SpanStatusCode.ERROR;
}

/** Milliseconds of OpenTelemetry's seconds and nanoseconds. */
function time([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}

/** A length of time for people: `0.42 ms`, `317 ms`, `1.02 s`. */
export function milliseconds(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value >= 1_000) return `${(value / 1_000).toFixed(2)} s`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}
