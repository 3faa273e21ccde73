import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tagAttributes } from './backends/datadog.js';
import { read, readList, type Environment } from './environment.js';

/** Which variables become which attributes of the resource; of two for one attribute the first that is set. */
const MAPPED: readonly (readonly [attribute: string, ...variables: string[]])[] = [
  ['service.version', 'OTEL_SERVICE_VERSION', 'DD_VERSION'],
  ['deployment.environment.name', 'OTEL_DEPLOYMENT_ENVIRONMENT', 'DD_ENV'],
  ['deployment.environment', 'OTEL_DEPLOYMENT_ENVIRONMENT', 'DD_ENV'],
  ['k8s.namespace.name', 'OTEL_K8S_NAMESPACE'],
  ['k8s.pod.name', 'OTEL_K8S_POD_NAME'],
];

/** A value, and where it comes from. */
export interface Sourced {
  readonly value: string;
  /** The variable's name, or what else it is. */
  readonly source: string;
}

/** Attributes of the resource that the environment gives, besides those that the SDK reads by itself. */
export function mappedAttributes(env: Environment): Record<string, string> {
  return Object.fromEntries(sourcedAttributes(env).map(({ attribute, value }) => [attribute, value]));
}

/** The same, with the variable of each; of two for one attribute the last counts. */
export function sourcedAttributes(env: Environment): readonly (Sourced & { readonly attribute: string })[] {
  const tags = Object.entries(tagAttributes(env)).map(([attribute, value]) => ({ attribute, value, source: 'DD_TAGS' }));
  const mapped = MAPPED.flatMap(([attribute, ...variables]) => {
    const source = variables.find((name) => read(env, name) !== undefined);
    return source === undefined ? [] : [{ attribute, value: read(env, source)!, source }];
  });
  return [...tags, ...mapped];
}

/**
 * The name of the service: `OTEL_SERVICE_NAME`, else `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, else what the program asked
 * for, else `DD_SERVICE`, else the name in the application's package.json.
 */
export function resolveServiceName(env: Environment, asked: string | undefined, mainFile: string | undefined): string {
  return sourcedServiceName(env, asked, mainFile).value;
}

/** The same, and where it comes from. */
export function sourcedServiceName(env: Environment, asked: string | undefined, mainFile: string | undefined): Sourced {
  const given: readonly (readonly [value: string | undefined, source: string])[] = [
    [read(env, 'OTEL_SERVICE_NAME'), 'OTEL_SERVICE_NAME'],
    [attributeInList(env, 'service.name'), 'OTEL_RESOURCE_ATTRIBUTES'],
    [asked, 'serviceName'],
    [read(env, 'DD_SERVICE'), 'DD_SERVICE'],
  ];
  const found = given.find(([value]) => value !== undefined);
  if (found) return { value: found[0]!, source: found[1] };
  return packageName(mainFile) ?? { value: 'unknown_service:node', source: 'default' };
}

/** An attribute that `OTEL_RESOURCE_ATTRIBUTES` gives. */
export function attributeInList(env: Environment, attribute: string): string | undefined {
  return listedAttributes(env)[attribute];
}

/** All that `OTEL_RESOURCE_ATTRIBUTES` gives; of two values for one attribute the first. */
export function listedAttributes(env: Environment): Record<string, string> {
  const pairs = readList(env, 'OTEL_RESOURCE_ATTRIBUTES').map((item) => {
    const [key, value] = [item.split('=', 1)[0]!.trim(), item.slice(item.indexOf('=') + 1).trim()];
    return [key, value] as const;
  });
  const given = pairs.filter(([key, value]) => key !== '' && value !== '');
  return Object.fromEntries(given.reverse().map(([key, value]) => [key, decoded(value)]));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The name in the package.json nearest to the program's main file. */
function packageName(mainFile: string | undefined): Sourced | undefined {
  for (let folder = mainFile && dirname(mainFile); folder; folder = folder === dirname(folder) ? undefined : dirname(folder)) {
    const file = join(folder, 'package.json');
    const value = existsSync(file) ? nameIn(file) : undefined;
    if (value !== undefined) return { value, source: file };
  }
  return undefined;
}

function nameIn(file: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
