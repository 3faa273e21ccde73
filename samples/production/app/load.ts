import { ToolRefusedError, ToolTimeoutError } from 'toolspan';
import { priceOf, type Shop } from './shop.js';
import { UpstreamError } from './weather.js';

/** What the callers of one tool got. */
export interface Answers {
  success: number;
  error: number;
}

/** What became of the calls so far. */
export interface Tally {
  readonly made: number;
  readonly underWay: number;
  readonly answers: Readonly<Record<string, Answers>>;
  /** Errors by name. */
  readonly errors: Readonly<Record<string, number>>;
  /** Calls that got what no tool of the shop gives: a wrong value, or an error that is none of theirs. */
  readonly unexpected: number;
  readonly firstUnexpected: string | undefined;
}

const TICK_MS = 20;

/** Calls the tools of the shop in turn, so many times a second, and writes down what the callers got. */
export class Load {
  #perSecond = 0;
  #timer: NodeJS.Timeout | undefined;
  #made = 0;
  #unexpected = 0;
  #firstUnexpected: string | undefined;
  readonly #underWay = new Set<Promise<void>>();
  readonly #answers: Record<string, Answers> = {};
  readonly #errors: Record<string, number> = {};

  constructor(private readonly shop: Shop) {}

  get tally(): Tally {
    return {
      made: this.#made,
      underWay: this.#underWay.size,
      answers: this.#answers,
      errors: this.#errors,
      unexpected: this.#unexpected,
      firstUnexpected: this.#firstUnexpected,
    };
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Sets how many calls are made each second from now on; 0 makes none. */
  setRate(perSecond: number): void {
    this.#perSecond = perSecond;
    clearInterval(this.#timer);
    if (perSecond === 0) return;
    const startedAt = performance.now();
    let made = 0;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - startedAt) / 1_000) * perSecond;
      for (; made < due; made += 1) this.#callNext();
    }, TICK_MS);
  }

  /** Makes no more calls, and waits for those under way. */
  async stop(): Promise<void> {
    this.setRate(0);
    await Promise.all(this.#underWay);
  }

  #callNext(): void {
    const n = this.#made;
    this.#made += 1;
    const at = Math.floor(n / 4);
    // By turns; each tool gets consecutive numbers.
    const calls = [
      () => this.#call('search', () => this.shop.search(`word ${at % 10}`), `articles about word ${at % 10}`),
      () => this.#call('price', () => this.shop.price(at), priceOf(at)),
      () => this.#call('pay', () => this.shop.pay(at), `paid ${at}`),
      () => this.#call('notify', () => this.shop.notify(at), `told ${at}`),
    ];
    const call = calls[n % 4]!().finally(() => this.#underWay.delete(call));
    this.#underWay.add(call);
  }

  async #call(tool: string, call: () => Promise<unknown>, expected: unknown): Promise<void> {
    const answers = (this.#answers[tool] ??= { success: 0, error: 0 });
    try {
      const value = await call();
      answers.success += 1;
      if (value !== expected) this.#wonder(`${tool} gave ${String(value)} in place of ${String(expected)}`);
    } catch (error) {
      answers.error += 1;
      const { name } = error as Error;
      this.#errors[name] = (this.#errors[name] ?? 0) + 1;
      if (!isOfTheShop(error)) this.#wonder(`${tool} threw ${String(error)}`);
    }
  }

  #wonder(what: string): void {
    this.#unexpected += 1;
    this.#firstUnexpected ??= what;
  }
}

/** What the tools are made to throw: an error of the service behind them, or a refusal of one of their policies. */
export function isOfTheShop(error: unknown): boolean {
  return error instanceof UpstreamError || error instanceof ToolRefusedError || error instanceof ToolTimeoutError;
}
