import { join } from 'node:path';
import { read } from '../bootstrap/environment.js';
import { sourcedAttributes, sourcedServiceName } from '../bootstrap/resource.js';
import { check, type Check } from './report.js';
import type { Surroundings } from './surroundings.js';

/** Who is sending. */
export function checkService({ env, cwd }: Pick<Surroundings, 'env' | 'cwd'>): Check[] {
  return [nameCheck(env, cwd), attributesCheck(env), ...mappedChecks(env)];
}

function nameCheck(env: Surroundings['env'], cwd: string): Check {
  const name = sourcedServiceName(env, undefined, join(cwd, 'main.js'));
  if (name.source !== 'default') return check('service.name', 'service name', { status: 'ok', ...name });
  return check('service.name', 'service name', {
    status: 'warning',
    ...name,
    detail: 'nothing says what this service is called, so its traces cannot be told from those of others',
    cure: 'set OTEL_SERVICE_NAME',
  });
}

function attributesCheck(env: Surroundings['env']): Check {
  const source = 'OTEL_RESOURCE_ATTRIBUTES';
  const value = read(env, source);
  if (value === undefined) return check('service.attributes', 'resource attributes', { status: 'ok', value: 'none', source: 'default' });
  const wrong = value.split(',').find((pair) => pair.trim() !== '' && !isPair(pair));
  if (wrong === undefined) return check('service.attributes', 'resource attributes', { status: 'ok', value, source });
  return check('service.attributes', 'resource attributes', {
    status: 'warning',
    value,
    source,
    detail: `"${wrong.trim()}" is not key=value, so OpenTelemetry uses none of them`,
    cure: 'write key=value,key=value; a comma or an equals sign inside a value as %2C or %3D',
  });
}

/** As OpenTelemetry reads it: one pair that cannot be read, and it takes none. */
function isPair(pair: string): boolean {
  const parts = pair.split('=');
  if (parts.length !== 2 || parts[0]!.trim() === '') return false;
  try {
    return parts.every((part) => decodeURIComponent(part.trim()).length <= 255);
  } catch {
    return false;
  }
}

function mappedChecks(env: Surroundings['env']): Check[] {
  return sourcedAttributes(env).map(({ attribute, value, source }) =>
    check(`service.attribute.${attribute}`, attribute, { status: 'ok', value, source }),
  );
}
