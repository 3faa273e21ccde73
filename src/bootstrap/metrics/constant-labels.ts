import type { Rule } from '../../core/options.js';
import { METRICS, type MetricDefinition } from '../../telemetry/catalogue.js';

/** Labels of our metrics, and those that Prometheus gives out itself. */
const TAKEN = new Set(['le', 'quantile', ...Object.values<MetricDefinition>(METRICS).flatMap(({ labels }) => labels)]);

/** Prometheus: "label names may contain ASCII letters, numbers, as well as underscores"; those that begin with two are its own. */
const NAME = /^(?!__)[a-zA-Z_]\w*$/;

/** Labels that every series gets. */
export const constantLabels: Rule = {
  allowed: `an object of strings, under names made of letters, digits and _ that are none of ${[...TAKEN].join(', ')}`,
  parse: (value) => (isLabels(value) ? { ...value } : undefined),
};

function isLabels(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, text]) => NAME.test(name) && !TAKEN.has(name) && typeof text === 'string');
}
