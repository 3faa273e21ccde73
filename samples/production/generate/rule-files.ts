import { stringify } from 'yaml';
import type { AlertRule } from './alert.js';
import { ALERT_GROUPS } from './alert-rules.js';
import { RECORDING_GROUPS } from './recording-rules.js';
import { SETTINGS } from './settings.js';

const HEAD = '# Written by `npm run production` from generate/. Change it there.\n';

const recordingGroups = RECORDING_GROUPS.map(({ name, rules }) => ({
  name,
  rules: rules.map(({ record, expr, labels }) => ({ record, expr, ...(labels && { labels }) })),
}));

const alertGroups = ALERT_GROUPS.map(({ name, rules }) => ({ name, rules: rules.map(alertRule) }));

/** `prometheus/rules/recording.yml` */
export function recordingFile(): string {
  return HEAD + yaml({ groups: recordingGroups });
}

/** `prometheus/rules/alerts.yml` */
export function alertFile(): string {
  return HEAD + yaml({ groups: alertGroups });
}

/** `kubernetes/prometheus-rules.yaml`: the same for the Prometheus operator, which reads no files. */
export function operatorFile(): string {
  return (
    HEAD +
    yaml({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'toolspan', namespace: 'tools', labels: { 'app.kubernetes.io/part-of': 'tools' } },
      spec: { groups: [...recordingGroups, ...alertGroups] },
    })
  );
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
