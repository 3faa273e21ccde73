/** What a report is divided into, in its order. */
export const SECTIONS = {
  toolspan: 'Node and toolspan',
  packages: 'Packages',
  service: 'Service',
  traces: 'Traces',
  connection: 'Connection',
  metrics: 'Metrics',
  environment: 'Environment',
} as const;

export type Section = keyof typeof SECTIONS;

/** `warning`: it works, but perhaps not as meant. `problem`: it does not work. `skipped`: there was nothing to look at. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'skipped';

/** One thing that was looked at. */
export interface Check {
  /** Always the same for the same thing, e.g. `traces.endpoint`. */
  readonly id: string;
  readonly section: Section;
  readonly status: CheckStatus;
  readonly title: string;
  /** What is wrong, or worth knowing. */
  readonly detail?: string;
  /** What would be used. */
  readonly value?: string;
  /** Where the value comes from: a variable, `default`, a file. */
  readonly source?: string;
  /** What to do about it. */
  readonly cure?: string;
}

/** What `toolspan doctor --json` prints. */
export interface Report {
  /** No check found a problem. */
  readonly ok: boolean;
  /** Version of toolspan. */
  readonly toolspan: string;
  /** Version of Node. */
  readonly node: string;
  readonly checks: readonly Check[];
}

/** A check without its place. */
export type Finding = Omit<Check, 'id' | 'section' | 'title'>;

/** Puts a finding in its place: the id's first word is the section. */
export function check(id: `${Section}.${string}`, title: string, finding: Finding): Check {
  return { id, section: id.split('.', 1)[0] as Section, title, ...finding };
}

/** A value that would be used, with the warnings that set-up would give about it. */
export function judged(finding: Omit<Finding, 'status'>, complaints: readonly string[]): Finding {
  return complaints.length === 0 ? { status: 'ok', ...finding } : { status: 'warning', ...finding, detail: complaints.join('. ') };
}
