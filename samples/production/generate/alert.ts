/** What people are told about an alert: a section of the runbook. */
export interface RunbookEntry {
  readonly means: string;
  readonly look: readonly string[];
  readonly act: readonly string[];
}

/** An alert and what to do about it. */
export interface AlertRule {
  readonly alert: `Toolspan${string}`;
  readonly expr: string;
  /** How long it must hold. Without it: not at all. */
  readonly for?: string;
  /** How long it stays after it ceased to hold, so that a state which comes and goes is one alert. */
  readonly keepFiringFor?: string;
  /** `critical` wakes somebody, `warning` waits for the morning, `none` is for machines. */
  readonly severity: 'critical' | 'warning' | 'none';
  /** One line; a template of Prometheus's. */
  readonly summary: string;
  readonly runbook: RunbookEntry;
}

/** Alerts that are shown together. */
export interface AlertGroup {
  readonly name: string;
  readonly title: string;
  readonly rules: readonly AlertRule[];
}
