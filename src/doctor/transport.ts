import { isAbsolute, join } from 'node:path';
import { read, type Environment } from '../bootstrap/environment.js';
import { exporterNames } from '../bootstrap/traces/exporters.js';
import { messageOf } from '../core/thrown.js';
import { wrongWithPem } from './certificate.js';
import { endpointOf, type Endpoint } from './endpoint.js';
import { headersIn } from './headers.js';
import { check, judged, type Check, type Finding } from './report.js';
import { otlp, setOf, setting } from './settings.js';
import type { Surroundings } from './surroundings.js';

/** Endpoint, headers, certificates, compression and time limit of the exporters that send. */
export function checkTransport(surroundings: Surroundings): Check[] {
  const { env } = surroundings;
  const endpoints = exporterNames(env).flatMap((name) => endpointOf(env, name) ?? []);
  const otlpEndpoint = endpoints.find(({ exporter }) => exporter === 'otlp');
  return [
    ...endpoints.map(endpointCheck),
    ...(otlpEndpoint
      ? [headersCheck(env), ...certificateChecks(surroundings, otlpEndpoint), compressionCheck(env), timeoutCheck(env)]
      : []),
  ];
}

function endpointCheck({ exporter, value, source, complaints }: Endpoint): Check {
  const id = exporter === 'otlp' ? 'traces.endpoint' : (`traces.${exporter}.endpoint` as const);
  return check(id, exporter === 'otlp' ? 'endpoint' : `endpoint of ${exporter}`, judged({ value, source }, complaints));
}

/** Names alone: values are secrets. */
function headersCheck(env: Environment): Check {
  const { names, sources, broken } = headersIn(env);
  const found = { value: names.join(', ') || 'none', source: sources.join(', ') || 'default' };
  const complaints = broken > 0 ? [`${broken} of the entries cannot be read, and are not sent; write name=value,name=value`] : [];
  return check('traces.headers', 'headers', judged(found, complaints));
}

const FILES = [
  ['CERTIFICATE', 'certificate', "the receiver's certificate, or that of who signed it"],
  ['CLIENT_CERTIFICATE', 'client certificate', 'the certificate shown to the receiver'],
  ['CLIENT_KEY', 'client key', 'the key of the certificate shown to the receiver'],
] as const;

function certificateChecks(surroundings: Surroundings, endpoint: Endpoint): Check[] {
  const { env } = surroundings;
  const given = FILES.filter(([name]) => setOf(env, otlp(name)).length > 0);
  const checks = given.map(([name, title, what]) =>
    check(`traces.${name.toLowerCase().replace('_', '-')}`, title, fileFinding(surroundings, name, what, endpoint)),
  );
  const half = given.map(([name]) => name).filter((name) => name !== 'CERTIFICATE');
  return half.length === 1 ? [...checks, halfCheck(half[0]!)] : checks;
}

function fileFinding({ env, cwd, readFile, clock }: Surroundings, name: string, what: string, endpoint: Endpoint): Finding {
  const found = setting(env, otlp(name), '');
  try {
    const text = readFile(isAbsolute(found.value) ? found.value : join(cwd, found.value));
    const wrong = wrongWithPem(text, clock.wallTime());
    if (wrong) return { status: 'problem', ...found, detail: wrong, cure: `put ${what} there, in PEM format` };
    if (endpoint.isTls) return { status: 'ok', ...found };
    return {
      status: 'warning',
      ...found,
      detail: 'it is not used: the connection is not encrypted',
      cure: `write https:// in ${endpoint.source}`,
    };
  } catch (error) {
    const detail = `it cannot be read (${messageOf(error)}), and the exporter goes on without it`;
    return { status: 'problem', ...found, detail, cure: `have ${found.source} name a file that this user may read: ${what}` };
  }
}

function halfCheck(given: string): Check {
  const missing = given === 'CLIENT_KEY' ? 'CLIENT_CERTIFICATE' : 'CLIENT_KEY';
  return check('traces.client-pair', 'client certificate and key', {
    status: 'problem',
    detail: `there is a ${given}, but no ${missing}; one without the other is not used`,
    cure: `set OTEL_EXPORTER_OTLP_${missing} as well`,
  });
}

function compressionCheck(env: Environment): Check {
  const found = setting(env, otlp('COMPRESSION'), 'none');
  const isKnown = ['gzip', 'none'].includes(found.value);
  return check(
    'traces.compression',
    'compression',
    judged(found, isKnown ? [] : [`${found.value} is not known, so there is none; write gzip or none`]),
  );
}

function timeoutCheck(env: Environment): Check {
  const names = otlp('TIMEOUT');
  const found = setting(env, names, '5000');
  const unusable = setOf(env, names).filter((name) => !(Number(read(env, name)) > 0));
  const complaints = unusable.map((name) => `${name}=${read(env, name)!} is not a number of milliseconds above 0, and is not used`);
  if (Number(found.value) > 0 && Number(found.value) < 100) complaints.push('it is in milliseconds; so short a time hardly suffices');
  return check('traces.timeout', 'time limit', judged({ ...found, value: `${found.value} ms` }, complaints));
}
