import { messageOf } from './thrown.js';
import { warn, type Logger } from './logger.js';

/** Says each thing once: the second time it is known. */
export class Once {
  readonly #said = new Set<string>();

  constructor(private readonly logger: () => Logger) {}

  /** Warns if nothing was said under this key before. */
  warn(key: string, message: string): void {
    if (this.isFirst(key)) warn(this.logger(), message);
  }

  /** Takes the key down; true if it was not known. */
  isFirst(key: string): boolean {
    const isNew = !this.#said.has(key);
    this.#said.add(key);
    return isNew;
  }

  /** Warns about a callback or a store that threw. */
  broken(tool: string, what: string, error: unknown): void {
    this.warn(`broken ${tool} ${what}`, `tool "${tool}": ${what} failed (${messageOf(error)}); its calls go on without it`);
  }

  forget(): void {
    this.#said.clear();
  }
}
