import { isClass } from './class.js';
import { ConfigurationError, type ToolErrorSubject } from './errors.js';
import { toMilliseconds } from './duration.js';

/** What one option accepts: in words for the error, and in code. */
export interface Rule {
  /** Completes the sentence "`option` must be …". */
  readonly allowed: string;
  /** The value as we keep it (a duration becomes milliseconds), or `undefined` where it is not allowed. */
  parse(value: unknown): unknown;
  /** Errors do not show its value. */
  readonly isSecret?: true;
}

/** One rule for every option. */
export type Rules<Options> = { readonly [Name in keyof Required<Options>]: Rule };

/** Who is being configured, for the error's first words: `@Retry on tool "search"`. */
export interface Subject extends ToolErrorSubject {
  readonly title: string;
}

/** Throws the one sentence that names tool, option, value and what is allowed. */
export function reject(subject: Subject, option: string, value: unknown, allowed: string): never {
  throw new ConfigurationError(`${subject.title}: ${option} must be ${allowed}, got ${shown(value)}`, subject);
}

/**
 * The options given, checked and in our own units. An option set to `undefined` counts as not given.
 * @param known those that a user may write
 */
export function checkOptions<Options extends object>(
  subject: Subject,
  rules: Rules<Options>,
  given: unknown,
  known: readonly string[] = Object.keys(rules),
): Partial<Options> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) reject(subject, 'options', given, 'an object');
  const checked: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, option)) throw unknownOption(subject, option, value, known);
    if (value === undefined) continue;
    const rule = rules[option as keyof Options];
    const parsed = rule.parse(value);
    if (parsed === undefined) reject(subject, option, rule.isSecret ? veiled(value) : value, rule.allowed);
    checked[option] = parsed;
  }
  return checked as Partial<Options>;
}

/** The shape of a value, without what it says. */
function veiled(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value === '' ? value : '…';
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, veiled(item)]));
}

/** `cure`: what to write instead, where that is known. */
export function unknownOption(
  subject: Subject,
  option: string,
  value: unknown,
  known: readonly string[],
  cure?: string,
): ConfigurationError {
  const hint = cure === undefined ? '' : `; ${cure}`;
  return new ConfigurationError(
    `${subject.title}: there is no option ${option} (got ${shown(value)}); there are: ${known.join(', ')}${hint}`,
    subject,
  );
}

/** A value as an error message shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `${isClass(value) ? 'class' : 'function'} ${value.name || '(anonymous)'}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value) ?? Object.prototype.toString.call(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

const pass = (value: unknown, ok: boolean): unknown => (ok ? value : undefined);

/** A finite length of time above 0. */
export const duration: Rule = {
  allowed: "a duration above 0: milliseconds, or a string such as '250ms', '30s', '5m', '1h', '1d'",
  parse: (value) => pass(toMilliseconds(value), toMilliseconds(value) !== 0),
};

/** A finite length of time, 0 included. */
export const durationOrZero: Rule = {
  allowed: "a duration of 0 or more: milliseconds, or a string such as '250ms', '30s', '5m', '1h', '1d'",
  parse: toMilliseconds,
};

/** A whole number of at least `least`. */
export function count(least: number): Rule {
  return {
    allowed: `a whole number of at least ${least}`,
    parse: (value) => pass(value, Number.isSafeInteger(value) && (value as number) >= least),
  };
}

/** A finite number of at least `least`. */
export function atLeast(least: number): Rule {
  return {
    allowed: `a number of at least ${least}`,
    parse: (value) => pass(value, Number.isFinite(value) && (value as number) >= least),
  };
}

/** A share: above 0, at most 1. */
export const share: Rule = {
  allowed: 'a number above 0 and at most 1',
  parse: (value) => pass(value, typeof value === 'number' && value > 0 && value <= 1),
};

export const flag: Rule = { allowed: 'true or false', parse: (value) => pass(value, typeof value === 'boolean') };

export const callback: Rule = { allowed: 'a function', parse: (value) => pass(value, typeof value === 'function') };

export const text: Rule = { allowed: 'a string', parse: (value) => pass(value, typeof value === 'string') };

export const nonEmptyText: Rule = {
  allowed: 'a string that is not empty',
  parse: (value) => pass(value, typeof value === 'string' && value.trim() !== ''),
};

export const plainObject: Rule = {
  allowed: 'an object',
  parse: (value) => pass(value, typeof value === 'object' && value !== null && !Array.isArray(value)),
};

/** What one of the rules allows; the first that does says how it is kept. */
export function either(...rules: readonly Rule[]): Rule {
  return {
    allowed: rules.map(({ allowed }) => allowed).join(', or '),
    parse(value) {
      for (const rule of rules) {
        const parsed = rule.parse(value);
        if (parsed !== undefined) return parsed;
      }
      return undefined;
    },
  };
}

/** An object with options of its own. */
export function options<Options extends object>(rules: Rules<Options>, required: readonly (keyof Options & string)[] = []): Rule {
  const names = Object.keys(rules) as (keyof Options & string)[];
  return {
    allowed: `an object with ${names.map((name) => `${name} (${rules[name].allowed})`).join(' and ')}`,
    parse(value) {
      if (plainObject.parse(value) === undefined) return undefined;
      const entries = Object.entries(value as object).filter(([, given]) => given !== undefined);
      if (required.some((name) => !entries.some(([given]) => given === name))) return undefined;
      const parsed = entries.map(([name, given]) => [
        name,
        Object.hasOwn(rules, name) ? rules[name as keyof Options].parse(given) : undefined,
      ]);
      return parsed.every(([, given]) => given !== undefined) ? (Object.fromEntries(parsed) as object) : undefined;
    },
  };
}

/** One of the values listed. */
export function oneOf(...values: readonly string[]): Rule {
  return {
    allowed: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    parse: (value) => pass(value, values.includes(value as string)),
  };
}
