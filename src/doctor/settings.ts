import { read, type Complain, type Environment } from '../bootstrap/environment.js';
import type { Sourced } from '../bootstrap/resource.js';

/** The first of these variables that is set, or the default. */
export function setting(env: Environment, names: readonly string[], fallback: string): Sourced {
  const source = names.find((name) => read(env, name) !== undefined);
  return source === undefined ? { value: fallback, source: 'default' } : { value: read(env, source)!, source };
}

/** Both variables of a setting of OTLP: the one for traces comes first. */
export function otlp(name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

/** What is complained about in here. */
export function complaintsOf(run: (complain: Complain) => void): string[] {
  const complaints: string[] = [];
  run((warning) => complaints.push(warning));
  return complaints;
}

/** The variables that are set, of these. */
export function setOf(env: Environment, names: readonly string[]): string[] {
  return names.filter((name) => read(env, name) !== undefined);
}
