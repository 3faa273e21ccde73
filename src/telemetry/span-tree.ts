import type { Attributes } from '../core/attributes.js';
import { ATTRIBUTE } from './catalogue.js';

/** A finished span, as much of it as a picture needs. */
export interface TreeSpan {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly startTime: number;
  readonly endTime: number;
  readonly attributes: Attributes;
  /** The status message where the status is ERROR. */
  readonly error: string | undefined;
}

/** How to draw. */
export interface TreeStyle {
  /** Durations change from run to run; leave them out to compare. */
  readonly durations: boolean;
  /** ANSI colours. */
  readonly colour: boolean;
}

/** A trace as a text tree, one line for each span: name, what it was about, duration, outcome. */
export function renderTree(spans: readonly TreeSpan[], style: TreeStyle): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const ordered = [...spans].sort((one, other) => one.startTime - other.startTime);
  const roots = ordered.filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId));
  const lines: string[] = [];
  const draw = (span: TreeSpan, first: string, rest: string): void => {
    lines.push(first + line(span, style));
    const below = ordered.filter(({ parentSpanId }) => parentSpanId === span.spanId);
    below.forEach((child, index) => {
      const isLast = index === below.length - 1;
      draw(child, `${rest}${isLast ? '└── ' : '├── '}`, `${rest}${isLast ? '    ' : '│   '}`);
    });
  };
  for (const root of roots) draw(root, '', '');
  return lines.join('\n');
}

function line(span: TreeSpan, style: TreeStyle): string {
  const paint = style.colour ? colour : plain;
  const parts = [span.name, paint('bold', subjectOf(span)), style.durations ? paint('dim', millis(span)) : '', outcomeOf(span, paint)];
  return parts.filter((part) => part !== '').join(' ');
}

/** Only the outermost of a tool's spans names it; below, it would be said again on every line. */
function subjectOf({ attributes, name }: TreeSpan): string {
  if (attributes[ATTRIBUTE.genAiToolName] === undefined)
    return name === 'tool.retry.attempt' ? `#${String(attributes[ATTRIBUTE.retryAttempt])}` : '';
  const namespace = attributes[ATTRIBUTE.toolNamespace];
  const prefix = namespace === 'default' ? '' : `${String(namespace)}.`;
  return `${prefix}${String(attributes[ATTRIBUTE.toolName])}`;
}

function millis({ startTime, endTime }: TreeSpan): string {
  return `${(endTime - startTime).toFixed(1)} ms`;
}

function outcomeOf({ attributes, error }: TreeSpan, paint: Paint): string {
  if (error !== undefined) return paint('red', `✗ ${error.split('\n', 1)[0]}`);
  const outcome = OUTCOMES.find(([attribute]) => attributes[attribute] !== undefined && attributes[attribute] !== false);
  return outcome ? outcome[1](attributes, paint) : '';
}

/** The first attribute that is there, and not false, decides. */
const OUTCOMES: readonly (readonly [attribute: string, text: (attributes: Attributes, paint: Paint) => string])[] = [
  [ATTRIBUTE.cacheHit, (_, paint) => paint('green', 'hit')],
  [ATTRIBUTE.cacheOperation, ({ [ATTRIBUTE.cacheOperation]: operation }) => (operation === 'lookup' ? 'miss' : '')],
  [ATTRIBUTE.rateLimitReason, ({ [ATTRIBUTE.rateLimitReason]: reason }, paint) => paint('red', `refused by ${String(reason)}`)],
  [ATTRIBUTE.rateLimitAllowed, () => 'allowed'],
  [ATTRIBUTE.circuitState, ({ [ATTRIBUTE.circuitState]: state }, paint) => (state === 'CLOSED' ? state : paint('red', String(state)))],
  [ATTRIBUTE.toolSuperseded, (_, paint) => paint('dim', 'given up: another attempt was quicker')],
  [ATTRIBUTE.streamOutcome, (attributes, paint) => paint('green', `✓ ${streamOf(attributes)}`)],
  [ATTRIBUTE.toolFallback, (_, paint) => paint('green', '✓ by its fallback')],
  [ATTRIBUTE.toolStale, (_, paint) => paint('green', '✓ cached, stale')],
  [ATTRIBUTE.toolCached, (_, paint) => paint('green', '✓ cached')],
  [ATTRIBUTE.toolCoalesced, (_, paint) => paint('green', '✓ coalesced')],
  [ATTRIBUTE.toolHedged, (_, paint) => paint('green', '✓ hedged')],
  [ATTRIBUTE.toolSuccess, (_, paint) => paint('green', '✓')],
  [ATTRIBUTE.retrySuccess, (_, paint) => paint('green', '✓')],
];

function streamOf({ [ATTRIBUTE.streamChunks]: chunks, [ATTRIBUTE.streamOutcome]: outcome }: Attributes): string {
  return `${String(chunks)} ${chunks === 1 ? 'chunk' : 'chunks'}${outcome === 'completed' ? '' : `, ${String(outcome)}`}`;
}

type Paint = (style: keyof typeof CODES, text: string) => string;

const CODES = { bold: 1, dim: 2, red: 31, green: 32 } as const;

const plain: Paint = (_, text) => text;
const colour: Paint = (style, text) => (text === '' ? '' : `\u001b[${CODES[style]}m${text}\u001b[0m`);
