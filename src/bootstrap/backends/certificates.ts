import { readFileSync } from 'node:fs';
import { messageOf } from '../../core/thrown.js';
import { read, readList, type Complain, type Environment } from '../environment.js';

/** What TLS is set up with; what is not given is `null`. */
export interface Certificates {
  /** Who is trusted, in place of the system's. */
  readonly root: Buffer | null;
  readonly key: Buffer | null;
  readonly chain: Buffer | null;
}

const silent: Complain = () => undefined;

/** The certificates that the environment names, as the exporters read them: those of traces alone come first. */
export function readCertificates(env: Environment, complain: Complain = silent): Certificates {
  const root = fileOf('CERTIFICATE', env, complain);
  const key = fileOf('CLIENT_KEY', env, complain);
  const chain = fileOf('CLIENT_CERTIFICATE', env, complain);
  return key && chain ? { root, key, chain } : { root, key: null, chain: null };
}

/** Complains about settings of OTLP that the exporters pass over in silence. */
export function checkOtlpSettings(env: Environment, complain: Complain): void {
  readCertificates(env, complain);
  const [key, chain] = [variable('CLIENT_KEY', env), variable('CLIENT_CERTIFICATE', env)];
  if ((key === undefined) !== (chain === undefined)) {
    complain(`${key ?? chain} is not used: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY belong together`);
  }
  checkCompression(env, complain);
  checkHeaders(env, complain);
}

function checkCompression(env: Environment, complain: Complain): void {
  const name = variable('COMPRESSION', env);
  const compression = name && read(env, name);
  if (compression && !['gzip', 'none'].includes(compression)) {
    complain(`${name}=${compression} is not known, nothing is compressed; known are gzip, none`);
  }
}

/** A header is a secret more often than not: its name is said, never its value. */
function checkHeaders(env: Environment, complain: Complain): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS']) {
    readList(env, name).forEach((pair, index) => {
      const equals = pair.indexOf('=');
      const key = pair.slice(0, Math.max(equals, 0)).trim();
      const which = `${name}: header ${index + 1}${key && ` (${key})`} is not sent`;
      if (equals < 1) complain(`${which}: write name=value, and %2C for a comma in a value`);
      else if (pair.slice(equals + 1).trim() === '') complain(`${which}: it has no value`);
    });
  }
}

/** The variable that is set: for traces alone, or for all of OTLP. */
function variable(setting: string, env: Environment): string | undefined {
  return [`OTEL_EXPORTER_OTLP_TRACES_${setting}`, `OTEL_EXPORTER_OTLP_${setting}`].find((name) => read(env, name) !== undefined);
}

function fileOf(setting: string, env: Environment, complain: Complain): Buffer | null {
  const name = variable(setting, env);
  if (name === undefined) return null;
  try {
    return readFileSync(read(env, name)!);
  } catch (error) {
    complain(`${name}=${read(env, name)} is not used: the file cannot be read (${messageOf(error).split(',', 1)[0]})`);
    return null;
  }
}
