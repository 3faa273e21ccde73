import { isThenable, type ToolIdentity } from '../core/call.js';
import { REDACTED, withoutSecrets } from '../core/secrets.js';
import { typeOf } from '../core/thrown.js';
import type { Faults } from './faults.js';
import { nothingHidden, plainCopy, secretsHidden } from './plain-copy.js';

/** What is about to be told. */
export interface DisclosedContent extends ToolIdentity {
  readonly kind: 'arguments' | 'result' | 'error';
}

/**
 * Takes out what nobody may see: of the list of arguments, of a result, of the text of an error. What it gives is told; `undefined`:
 * nothing is.
 */
export type Redactor = (content: unknown, what: DisclosedContent) => unknown;

/** What calls tell of themselves besides their outcome. */
export interface DisclosureSettings {
  readonly arguments: boolean;
  readonly result: boolean;
  /** Characters. */
  readonly maxLength: number;
  /** In place of ours. */
  readonly redact?: Redactor | undefined;
}

export const DEFAULT_MAX_LENGTH = 4_096;

/** Where the text of an error is cut off, in characters: some carry all of an answer. */
const MAX_ERROR_TEXT = 16_384;

/** Looked through beyond the cut: half a secret does not look like one. */
const BEYOND_THE_CUT = 512;

/** Nothing but errors, and these without secrets. */
export const DISCREET: DisclosureSettings = { arguments: false, result: false, maxLength: DEFAULT_MAX_LENGTH };

/** Decides what is told of what a tool was given, gave and threw. Never throws. */
export class Disclosure {
  readonly tellsArguments: boolean;
  readonly tellsResult: boolean;
  /** The same text is asked for again and again: of an attempt, of its call, in the log. */
  #last: readonly [given: string, told: string] = ['', ''];

  constructor(
    private readonly settings: DisclosureSettings,
    private readonly faults: Faults,
  ) {
    this.tellsArguments = settings.arguments;
    this.tellsResult = settings.result;
  }

  /** The arguments as JSON: a list, or of a tool that takes one object of them, that one. */
  arguments(args: readonly unknown[], tool: ToolIdentity): string | undefined {
    if (!this.tellsArguments || args.length === 0) return undefined;
    return this.#json(args.length === 1 && isPlainObject(args[0]) ? args[0] : args, tool, 'arguments');
  }

  /** The result as JSON. */
  result(value: unknown, tool: ToolIdentity): string | undefined {
    return this.tellsResult ? this.#json(value, tool, 'result') : undefined;
  }

  /** The text of an error: its message, its stack. */
  text(text: string, tool: ToolIdentity): string {
    const { redact } = this.settings;
    if (redact) {
      const told = this.#redacted(redact, text, tool, 'error');
      return typeof told === 'string' ? cut(told) : REDACTED;
    }
    if (text !== this.#last[0]) this.#last = [text, cut(withoutSecrets(text.slice(0, MAX_ERROR_TEXT + BEYOND_THE_CUT)))];
    return this.#last[1];
  }

  #json(value: unknown, tool: ToolIdentity, kind: DisclosedContent['kind']): string | undefined {
    const { redact, maxLength } = this.settings;
    const told = redact ? this.#redacted(redact, value, tool, kind) : value;
    if (told === undefined) return undefined;
    const copy = plainCopy(told, maxLength, redact ? nothingHidden : secretsHidden);
    const text = typeof copy === 'string' ? copy : (JSON.stringify(copy) ?? String(copy));
    return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  }

  #redacted(redact: Redactor, content: unknown, { name, namespace }: ToolIdentity, kind: DisclosedContent['kind']): unknown {
    try {
      const told = redact(content, { kind, name, namespace });
      if (!isThenable(told)) return told;
      told.then(undefined, () => undefined);
      throw new TypeError('capture.redact gave a promise, and must answer at once');
    } catch (error) {
      // Its message may hold what it was to take out.
      this.faults.report('span', `capture.redact failed with a ${typeOf(error)}; it must be synchronous, and not throw`);
      return REDACTED;
    }
  }
}

function cut(text: string): string {
  return text.length > MAX_ERROR_TEXT ? `${text.slice(0, MAX_ERROR_TEXT)}…` : text;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return false; // a proxy that forbids to look
  }
}

/** Content without what looks like a secret: what is recorded unless a redactor of the application's decides. */
export function redactSecrets(content: unknown): unknown {
  return plainCopy(content, Number.MAX_SAFE_INTEGER);
}
