import type { AlertRule } from './alert.js';
import { ALERT_GROUPS } from './alert-rules.js';
import { RECORDING_GROUPS } from './recording-rules.js';

const INTRODUCTION = [
  'Written by `npm run production` from `generate/`; change it there. One heading for each alert, which its `runbook_url` names, then the queries.',
  'Severities: `critical` wakes somebody, `warning` waits for the morning, `none` is for machines. Thresholds and objectives are set in `generate/settings.ts`; `npm run production` then writes the rules, the dashboard and this page. `runbook_url` is relative until you put the address of this page there.',
  'In Kubernetes the job that scrapes applications needs `honor_labels: true`. The label `namespace` of a tool is not the namespace of its pod; without that setting Prometheus renames ours to `exported_namespace`, and every rule here would add up the tools of a pod. With the Prometheus operator, apply `kubernetes/prometheus-rules.yaml`: the same rules as a `PrometheusRule`.',
];

/** `RUNBOOK.md` */
export function runbookFile(): string {
  const alerts = ALERT_GROUPS.flatMap(({ title, rules }) => [`## ${title}\n`, ...rules.map(section)]);
  const introduction = INTRODUCTION.map((paragraph) => `${wrapped(paragraph)}\n`);
  return ['# Runbook\n', ...introduction, ...alerts, queries()].join('\n');
}

function section({ alert, expr, for: holds, keepFiringFor, severity, runbook }: AlertRule): string {
  const when = [holds && `for ${holds}`, keepFiringFor && `stays for ${keepFiringFor}`].filter(Boolean).join(', ') || 'at once';
  return `### ${alert}

${severity}, ${when}

\`\`\`promql
${expr}
\`\`\`

${wrapped(runbook.means)}

Look at:

${list(runbook.look)}

Do:

${list(runbook.act)}
`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => wrapped(`- ${line}`, '  ')).join('\n');
}

/** Lines of at most 140 characters. */
function wrapped(text: string, indentation = ''): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (lines.length > 1 ? indentation.length + longer.length <= 140 : longer.length <= 140) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(`\n${indentation}`);
}

function queries(): string {
  const rules = RECORDING_GROUPS.flatMap((group) => group.rules);
  const rows = rules.map(({ record, labels, says }) => `| \`${record}${labelled(labels)}\` | ${says} |`);
  return `## Queries

What the rules record, under these names. Where nothing was called, shares, averages and quantiles have no value.

| series | what it is |
|---|---|
${rows.join('\n')}
`;
}

function labelled(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}
