/** A figure that is measured by itself, against nothing. */
export interface Reading {
  readonly what: string;
  readonly value: number;
  readonly unit: 'bytes' | 'MB' | 'ms';
}

/** What a probe found. */
export interface Readings {
  /** What the bar is for, where there is one. */
  readonly decisive?: Reading;
  readonly others: readonly Reading[];
}
