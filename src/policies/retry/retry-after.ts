import type { Clock } from '../../core/clock.js';
import { memberOf } from '../../core/thrown.js';

/**
 * Milliseconds after which an answer, or an error, asks to be tried again: its `retryAfterMs`, else the `Retry-After` header of the HTTP
 * response that it is, or that it carries (`headers`, `response.headers`), in seconds or as a date (RFC 9110, section 10.2.3). `undefined`
 * where it does not ask.
 */
export function retryAfterOf(answer: unknown, clock: Clock): number | undefined {
  try {
    return askedFor(answer, clock);
  } catch {
    return undefined; // a proxy that forbids to look
  }
}

function askedFor(answer: unknown, clock: Clock): number | undefined {
  const asked = memberOf(answer, 'retryAfterMs');
  if (typeof asked === 'number' && asked >= 0) return asked;
  if (typeof answer !== 'object' || answer === null) return undefined;
  return fromHeaders(memberOf(answer, 'headers'), clock) ?? fromHeaders(memberOf(memberOf(answer, 'response'), 'headers'), clock);
}

function fromHeaders(headers: unknown, clock: Clock): number | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const exact = Number(header(headers, 'retry-after-ms') || NaN); // of several vendors, beside the standard one
  if (exact >= 0) return exact;
  const text = header(headers, 'retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = dateOf(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.wallTime());
}

/** Of the three forms of HTTP, or ISO 8601: `Date.parse` makes a date of many other words that end in a number. NaN for what is none. */
function dateOf(text: string): number {
  if (!/^(mon|tue|wed|thu|fri|sat|sun|\d{4}-\d\d-\d\dT)/i.test(text)) return NaN;
  // The oldest form names no zone, and means this one.
  return Date.parse(/^\d|(gmt|utc|z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text} GMT`);
}

/** A header of a `Headers`, or of a plain object with its names in any case. */
function header(headers: object, name: string): string | undefined {
  const get = memberOf(headers, 'get');
  const value = typeof get === 'function' ? read(headers, get as Get, name) : memberNamed(headers, name);
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined;
}

type Get = (this: object, name: string) => unknown;

function read(headers: object, get: Get, name: string): unknown {
  try {
    return get.call(headers, name);
  } catch {
    return undefined; // whatever it is, it is no Headers
  }
}

function memberNamed(headers: object, name: string): unknown {
  const key = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : memberOf(headers, key);
}
