import { stringify } from 'yaml';
import type { AlertRule } from './alert.js';
import { ALERT_GROUPS } from './alert-rules.js';
import { RECORDING_GROUPS } from './recording-rules.js';
import { SETTINGS } from './settings.js';

const HEAD = '# Written by `npm run production` from generate/. Change it there.\n';

/** `prometheus/rules/recording.yml` */
export function recordingFile(): string {
  const groups = RECORDING_GROUPS.map(({ name, rules }) => ({
    name,
    rules: rules.map(({ record, expr, labels }) => ({ record, expr, ...(labels && { labels }) })),
  }));
  return HEAD + yaml({ groups });
}

/** `prometheus/rules/alerts.yml` */
export function alertFile(): string {
  return HEAD + yaml({ groups: ALERT_GROUPS.map(({ name, rules }) => ({ name, rules: rules.map(alertRule) })) });
}

function alertRule({ alert, expr, for: holds, keepFiringFor, severity, summary, runbook }: AlertRule): object {
  return {
    alert,
    expr,
    ...(holds !== undefined && { for: holds }),
    ...(keepFiringFor !== undefined && { keep_firing_for: keepFiringFor }),
    labels: { severity },
    annotations: {
      summary,
      description: runbook.means,
      runbook: [...runbook.look, ...runbook.act].map((line) => `- ${line}`).join('\n'),
      runbook_url: `${SETTINGS.runbook}#${alert.toLowerCase()}`,
    },
  };
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
