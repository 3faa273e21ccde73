import { DASHBOARD } from './dashboard/dashboard.js';
import { alertFile, operatorFile, recordingFile } from './rule-files.js';
import { runbookFile } from './runbook.js';

/** What is generated: content by path below `samples/production`. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'prometheus/rules/recording.yml': recordingFile(),
    'prometheus/rules/alerts.yml': alertFile(),
    'kubernetes/prometheus-rules.yaml': operatorFile(),
    'grafana/dashboards/toolspan.json': `${JSON.stringify(DASHBOARD, null, 2)}\n`,
    'RUNBOOK.md': runbookFile(),
  };
}
