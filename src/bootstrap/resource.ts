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

/** Attributes of the resource that the environment gives, besides those that the SDK reads by itself. */
export function mappedAttributes(env: Environment): Record<string, string> {
  const entries = MAPPED.map(([attribute, ...variables]) => [attribute, variables.map((name) => read(env, name)).find(Boolean)]);
  const mapped = Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>;
  return { ...tagAttributes(env), ...mapped };
}

/**
 * The name of the service: `OTEL_SERVICE_NAME`, else `service.name` in `OTEL_RESOURCE_ATTRIBUTES`, else what the program asked
 * for, else `DD_SERVICE`, else the name in the application's package.json.
 */
export function resolveServiceName(env: Environment, asked: string | undefined, mainFile: string | undefined): string {
  const given = read(env, 'OTEL_SERVICE_NAME') ?? attributeInList(env, 'service.name') ?? asked ?? read(env, 'DD_SERVICE');
  return given ?? packageName(mainFile) ?? 'unknown_service:node';
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
function packageName(mainFile: string | undefined): string | undefined {
  for (let folder = mainFile && dirname(mainFile); folder; folder = folder === dirname(folder) ? undefined : dirname(folder)) {
    const name = existsSync(join(folder, 'package.json')) ? nameIn(join(folder, 'package.json')) : undefined;
    if (name !== undefined) return name;
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
