import { SECTIONS, type Check, type CheckStatus, type Report, type Section } from './report.js';

const MARKS: Readonly<Record<CheckStatus, readonly [mark: string, colour: number]>> = {
  ok: ['✓', 32],
  warning: ['!', 33],
  problem: ['✗', 31],
  skipped: ['-', 90],
};

const GREY = 90;
const BOLD = 1;

type Paint = (text: string, colour: number) => string;

/** A report for people to read. */
export function textOf({ checks, toolspan, node }: Report, isColoured: boolean): string {
  const paint: Paint = (text, colour) => (isColoured ? `\u001B[${colour}m${text}\u001B[0m` : text);
  const sections = (Object.keys(SECTIONS) as Section[]).flatMap((section) => {
    const inside = checks.filter((one) => one.section === section);
    const width = Math.max(...inside.map(({ title }) => title.length));
    return inside.length === 0 ? [] : [`${paint(SECTIONS[section], BOLD)}\n${inside.map((one) => linesOf(one, width, paint)).join('')}`];
  });
  return [`toolspan ${toolspan} doctor, Node ${node}\n`, ...sections, `${summary(checks)}\n`].join('\n');
}

function linesOf({ status, title, value, source, detail, cure }: Check, width: number, paint: Paint): string {
  const [mark, colour] = MARKS[status];
  const from = source === undefined ? '' : paint(` (${source})`, GREY);
  const head = `${title.padEnd(width)}  ${value ?? ''}${from}`.trimEnd();
  const rest = [detail, cure === undefined ? undefined : `→ ${cure}`].filter((line) => line !== undefined);
  return [`  ${paint(mark, colour)} ${head}`, ...rest.map((line) => `      ${line}`)].map((line) => `${line}\n`).join('');
}

function summary(checks: readonly Check[]): string {
  const count = (status: CheckStatus): number => checks.filter((one) => one.status === status).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  const parts = [...(problems > 0 ? [plural(problems, 'problem')] : []), ...(warnings > 0 ? [plural(warnings, 'warning')] : [])];
  const verdict = parts.length === 0 ? 'Everything is fine.' : `${parts.join(', ')}.`;
  return `${verdict} This is what the environment says; options given in code come before most of it, and are not seen from here.`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
