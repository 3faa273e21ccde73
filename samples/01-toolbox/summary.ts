import type { FlakyServer } from './flaky-server.js';
import type { Scrape } from './metrics.js';
import type { Readability } from './readability-tool.js';
import type { Answer } from './research.js';
import type { Screen } from './screen.js';
import type { Workload } from './workload.js';

/** What went wrong on the way, and who noticed. */
export function drawErrors(server: FlakyServer, { done, givenUp, errors, refusal }: Workload, screen: Screen): string {
  const answered = list(server.answers);
  const lines = [
    `  server    answered ${answered}; ${server.slow} of them slowly`,
    `  callers   met ${list(errors)}`,
    refusal === undefined ? '' : screen.paint('dim', `            “${refusal}”`),
    `  jobs      ${done} done, ${givenUp} given up`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** Whether the traces reached who they were sent to; the metrics know. */
export function drawDelivery(scrape: Scrape, destination: string): string {
  const failed = scrape.sum('tool_telemetry_errors_total', { kind: 'export' });
  return `  traces    ${failed === 0 ? `sent to ${destination}` : `not all sent to ${destination}: ${failed} exports failed`}`;
}

/** A few of the answers, each with the line that it was found in. */
export function drawAnswers(answers: readonly Answer[], screen: Screen): string {
  const lines = answers.map(({ question, path, line, quote, ease }) => [
    `  ${screen.paint('bold', question)}  ${path}:${line}, reading ease ${ease.toFixed(0)}`,
    screen.paint('dim', `    ${quote.length > 100 ? `${quote.slice(0, 99)}…` : quote}`),
  ]);
  return lines.flat().join('\n');
}

/** How pages from the network read. */
export function drawPages(pages: ReadonlyMap<string, Readability>, screen: Screen): string {
  const lines = Array.from(
    pages,
    ([url, { words, ease }]) => `  ${screen.paint('bold', url)}  ${words} words, reading ease ${ease.toFixed(0)}`,
  );
  return lines.length === 0 ? '  none could be read' : lines.join('\n');
}

function list(counts: ReadonlyMap<string | number, number>): string {
  if (counts.size === 0) return 'nothing';
  const rising = [...counts].sort(([one], [other]) => (String(one) < String(other) ? -1 : 1));
  return rising.map(([kind, count]) => `${count} × ${kind}`).join(', ');
}
