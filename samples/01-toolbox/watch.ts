import { scrape } from './metrics.js';
import type { Screen } from './screen.js';

const EVERY_MS = 100;

/** Looks at the metrics ten times a second, as a dashboard would: moves the progress, and says when the circuit opens or closes. */
export class Watch {
  readonly #startedAt = performance.now();
  #openedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly metricsUrl: string,
    private readonly screen: Screen,
    private readonly progress: () => { done: number; of: number },
  ) {}

  start(): void {
    this.#timer = setInterval(() => void this.#look().catch(() => undefined), EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#look();
  }

  /** Something worth a line of its own, with the time at which it happened. */
  say(text: string): void {
    this.screen.say(`  ${seconds(this.#elapsed)}  ${text}`);
  }

  get #elapsed(): number {
    return performance.now() - this.#startedAt;
  }

  async #look(): Promise<void> {
    const metrics = await scrape(this.metricsUrl);
    const calls = metrics.sum('tool_executions_total');
    const isClosed = metrics.sum('tool_circuit_breaker_state', { tool: 'fetch' }) === 0;
    this.#follow(isClosed);
    const { done, of } = this.progress();
    const circuit = isClosed ? 'circuit closed' : 'circuit OPEN';
    this.screen.progress(`  ${seconds(this.#elapsed)}  ${bar(done / of)} ${done}/${of} jobs   ${calls} calls   ${circuit}`);
  }

  #follow(isClosed: boolean): void {
    const now = this.#elapsed;
    if (isClosed && this.#openedAt !== undefined) {
      const open = seconds(now - this.#openedAt).trim();
      this.say(`${this.screen.paint('green', 'the circuit of web.fetch closed again')}, it was open for ${open}`);
      this.#openedAt = undefined;
    }
    if (!isClosed && this.#openedAt === undefined) {
      this.say(`${this.screen.paint('red', 'the circuit of web.fetch opened')}, the server is left alone for a while`);
      this.#openedAt = now;
    }
  }
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`.padStart(6);
}

function bar(share: number): string {
  const full = Math.round(20 * share);
  return '█'.repeat(full) + '░'.repeat(20 - full);
}
