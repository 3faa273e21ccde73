import { read, type Environment } from '../bootstrap/environment.js';
import { otlp, setOf } from './settings.js';

/** What is sent along with each request: names, never values. */
export interface Headers {
  readonly names: readonly string[];
  /** The variables that they come from. */
  readonly sources: readonly string[];
  /** How many entries cannot be read. */
  readonly broken: number;
}

// Any signal's headers are secrets.
const VARIABLE = /^OTEL_EXPORTER_OTLP_(\w+_)?HEADERS$/;

/** The headers of traces. */
export function headersIn(env: Environment): Headers {
  const sources = setOf(env, otlp('HEADERS'));
  const pairs = sources.flatMap((name) => pairsIn(read(env, name)!));
  const names = pairs.filter(isWhole).map(([name]) => name);
  return { names: [...new Set(names)], sources, broken: pairs.filter((pair) => !isWhole(pair)).length };
}

/** What must not be said, whoever says it: values of headers, and passwords in addresses. */
export function secretsIn(env: Environment): string[] {
  const headers = Object.keys(env)
    .filter((name) => VARIABLE.test(name))
    .flatMap((name) => pairsIn(env[name] ?? ''))
    .flatMap((pair) => [...pair[1].split(' '), pair[1], ...(isWhole(pair) ? [] : [pair[0]])]);
  const passwords = Object.values(env).flatMap((value) => Array.from((value ?? '').matchAll(USER_INFO), ([, info]) => info!));
  const all = [...headers, ...passwords].flatMap((secret) => [secret, decoded(secret)]);
  return [...new Set(all)].filter((secret) => secret.length >= SHORTEST).sort((left, right) => right.length - left.length);
}

// Shorter ones are words such as "1", which stand everywhere.
const SHORTEST = 4;
const USER_INFO = /:\/\/([^\s/@]+)@/g;

/** A text without these secrets, and without passwords in addresses. */
export function withoutThese(text: string, secrets: readonly string[]): string {
  return secrets.reduce((safe, secret) => safe.replaceAll(secret, '***'), text).replace(USER_INFO, '://***@');
}

/** A value such as `production` or `traces` is no secret that gives itself away in what we say ourselves. */
export function isWord(secret: string): boolean {
  return /^[a-z]+$/i.test(secret);
}

type Pair = readonly [name: string, value: string];

/** As OpenTelemetry reads it. */
function pairsIn(text: string): Pair[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [entry, ''] : [entry.slice(0, at).trim(), entry.slice(at + 1).trim()];
    });
}

/** OpenTelemetry cuts a value at a semicolon, and drops what it cannot decode. */
function isWhole([name, value]: Pair): boolean {
  try {
    return decodeURIComponent(name) !== '' && decodeURIComponent(value) !== '' && !value.includes(';');
  } catch {
    return false;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
