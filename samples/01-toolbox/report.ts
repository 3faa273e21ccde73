import type { ToolDescription } from 'toolspan';
import type { Scrape } from './metrics.js';
import type { Screen } from './screen.js';
import { milliseconds } from './tree.js';

const COLUMNS = ['tool', 'calls', 'errors', 'p50', 'p95', 'cache hits', 'retries', 'circuit'] as const;
type Column = (typeof COLUMNS)[number];
const LEFT: readonly Column[] = ['tool', 'circuit'];
const STATES = ['CLOSED', 'OPEN', 'HALF_OPEN'];
const NONE = '–';

/** Which policies a call of each tool meets, outermost first. */
export function drawTools(tools: readonly ToolDescription[], screen: Screen): string {
  const width = Math.max(...tools.map((tool) => titleOf(tool).length));
  return tools.map((tool) => `  ${titleOf(tool).padEnd(width)}   ${screen.paint('dim', policiesOf(tool))}`).join('\n');
}

/** One line for each tool, all of it from the metrics. */
export function drawTable(scrape: Scrape, tools: readonly ToolDescription[], screen: Screen): string {
  const rows = tools.map((tool) => rowOf(scrape, tool));
  const widths = COLUMNS.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const padded = (cells: readonly string[]): string[] =>
    cells.map((cell, column) => (LEFT.includes(COLUMNS[column]!) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)));
  const draw = (cells: readonly string[]): string => `  ${cells.join('   ').trimEnd()}`;
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 3, -3));
  const painted = rows.map((row) => padded(row).map((cell, column) => paintCell(COLUMNS[column]!, cell, screen)));
  return [screen.paint('dim', draw(padded(COLUMNS))), screen.paint('dim', `  ${rule}`), ...painted.map(draw)].join('\n');
}

function paintCell(column: Column, cell: string, screen: Screen): string {
  if (column === 'tool') return screen.paint('bold', cell);
  if (column === 'errors' && cell.trim() !== '0') return screen.paint('yellow', cell);
  if (column === 'circuit' && cell.trim() !== NONE) return screen.paint(cell.startsWith('CLOSED') ? 'green' : 'red', cell);
  return cell;
}

function rowOf(scrape: Scrape, description: ToolDescription): string[] {
  const { name: tool, namespace } = description;
  const ours = { tool, namespace };
  const duration = 'tool_execution_duration_seconds';
  return [
    titleOf(description),
    String(scrape.sum('tool_executions_total', ours)),
    String(scrape.sum('tool_executions_total', { ...ours, status: 'error' })),
    milliseconds(scrape.quantile(0.5, duration, ours) * 1_000),
    milliseconds(scrape.quantile(0.95, duration, ours) * 1_000),
    hitRate(scrape, tool),
    retries(scrape, tool),
    circuit(scrape, tool),
  ];
}

function hitRate(scrape: Scrape, tool: string): string {
  const hits = scrape.sum('tool_cache_operations_total', { tool, result: 'hit' });
  const lookups = scrape.sum('tool_cache_operations_total', { tool, operation: 'lookup' });
  return lookups === 0 ? NONE : `${((100 * hits) / lookups).toFixed(0)}%`;
}

/** Attempts but the first ones. */
function retries(scrape: Scrape, tool: string): string {
  const metric = 'tool_retry_attempts_total';
  if (!scrape.has(metric, { tool })) return NONE;
  return String(scrape.sum(metric, { tool }) - scrape.sum(metric, { tool, attempt: '0' }));
}

function circuit(scrape: Scrape, tool: string): string {
  const metric = 'tool_circuit_breaker_state';
  if (!scrape.has(metric, { tool })) return NONE;
  const failures = scrape.sum('tool_circuit_breaker_failures_total', { tool });
  return `${STATES[scrape.sum(metric, { tool })] ?? '?'}, ${failures} failures`;
}

/** `web.fetch`. */
export function titleOf({ name, namespace }: ToolDescription): string {
  return `${namespace}.${name}`;
}

function policiesOf({ policies }: ToolDescription): string {
  return policies.length === 0 ? 'traced and counted' : policies.map(({ name }) => name).join(' > ');
}
