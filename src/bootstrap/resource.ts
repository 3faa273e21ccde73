import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** The same, with the variable of each. */
export function sourcedAttributes(env: Environment): readonly (Sourced & { readonly attribute: string })[] {
  return MAPPED.flatMap(([attribute, ...variables]) => {
    const source = variables.find((name) => read(env, name) !== undefined);
    return source === undefined ? [] : [{ attribute, value: read(env, source)!, source }];
  });
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

function attributeInList(env: Environment, attribute: string): string | undefined {
  const pair = readList(env, 'OTEL_RESOURCE_ATTRIBUTES').find((item) => item.split('=', 1)[0]?.trim() === attribute);
  const value = pair?.slice(pair.indexOf('=') + 1).trim();
  if (!value) return undefined;
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
