import { messageOf } from '../../core/thrown.js';
import type { Explain } from '../../core/logger.js';
import type { Once } from '../../core/once.js';
import { TRACER_NAME } from '../../telemetry/catalogue.js';
import type { Faults } from '../../telemetry/faults.js';
import { adviceOn } from './export-advice.js';
import { isRetryable } from './retryable.js';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '../packages/opentelemetry.js';

/** Limits of the queue; names, meanings and defaults as in OpenTelemetry's `OTEL_BSP_*`. */
export interface BatchSettings {
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduledDelayMillis: number;
  readonly exportTimeoutMillis: number;
}

/** What the processor is handed. */
export interface BatchDeps {
  readonly exporter: SpanExporter;
  readonly faults: Faults;
  readonly once: Once;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Runs the export without tracing it. */
  readonly untraced: (run: () => void) => void;
  /** Told of each export. */
  readonly explain?: Explain | undefined;
}

// Status codes of gRPC.
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
// What gRPC servers say of a message above their limit (4 MB, where it is left as it is), in Go, JavaScript and Java.
const TOO_LARGE = /larger than max|exceeds maximum size/i;
const SAMPLED = 1;
const JUST_NOW_MS = 100;

/**
 * Queues finished spans and exports them in batches, one at a time. OpenTelemetry's own BatchSpanProcessor forgets batches that
 * are under way when it is flushed, drops spans without telling, and loses a batch to a collector that restarts; this one waits
 * for what is under way, counts every span it drops, and keeps what can be tried again.
 */
export class BatchProcessor implements SpanProcessor {
  #queue: ReadableSpan[] = [];
  #underWay: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isShutDown = false;
  /** The last export failed: the next one waits its turn, however full the queue is. */
  #hasFailed = false;
  #lastExport = { startedAt: 0, failedAt: -Infinity };
  /** Halved after a batch that was too much for the collector, or it would be too much each time; a sixteenth more after each that was not. */
  #batchSize: number;

  constructor(
    private readonly settings: BatchSettings,
    private readonly deps: BatchDeps,
  ) {
    this.#batchSize = settings.maxExportBatchSize;
  }

  /** Whether spans wait to be delivered, or are just being. */
  get hasPending(): boolean {
    return this.#queue.length > 0 || this.#underWay !== undefined;
  }

  onStart(): void {
    // only finished spans are exported
  }

  onEnd(span: ReadableSpan): void {
    if (this.#isShutDown || (span.spanContext().traceFlags & SAMPLED) === 0) return;
    if (this.#queue.length >= this.settings.maxQueueSize) return this.#drop([span], 'the queue is full');
    this.#queue.push(span);
    if (this.#queue.length >= this.settings.maxExportBatchSize && !this.#hasFailed) void this.#exportBatch();
    else this.#schedule();
  }

  /** Milliseconds for which a failed export kept the process alive just now, when nothing else did. */
  get heldForMs(): number {
    const { startedAt, failedAt } = this.#lastExport;
    return this.deps.now() - failedAt < JUST_NOW_MS ? failedAt - startedAt : 0;
  }

  /** Delivers everything that came in so far, batches under way included, or gives up at the first that fails. */
  async forceFlush(): Promise<void> {
    for (;;) {
      const delivered = await (this.#underWay ?? this.#exportBatch());
      if (!delivered || (this.#queue.length === 0 && !this.#underWay)) return;
    }
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    this.close();
    await this.deps.exporter.shutdown();
  }

  /** Takes no more spans; those still here are lost, and counted. */
  close(): void {
    this.#isShutDown = true;
    clearTimeout(this.#timer);
    this.#drop(this.#queue.splice(0), 'the process ends');
  }

  #schedule(): void {
    if (this.#timer || this.#underWay || this.#isShutDown || this.#queue.length === 0) return;
    this.#timer = setTimeout(() => void this.#exportBatch(), this.settings.scheduledDelayMillis);
    this.#timer.unref();
  }

  /** Exports one batch if none is under way. True if it was delivered, or there was none. */
  #exportBatch(): Promise<boolean> {
    if (this.#underWay) return this.#underWay;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queue.length === 0) return Promise.resolve(true);
    const batch = this.#queue.splice(0, this.#batchSize);
    const startedAt = this.deps.now();
    this.#underWay = this.#send(batch).then((error) => {
      this.#underWay = undefined;
      this.#lastExport = { startedAt, failedAt: error ? this.deps.now() : -Infinity };
      this.#hasFailed = error !== undefined;
      this.#explain(batch, this.deps.now() - startedAt, error);
      if (error) this.#failed(batch, error);
      else this.#growBatches();
      if (!error && this.#queue.length >= this.#batchSize) void this.#exportBatch();
      else this.#schedule();
      return error === undefined;
    });
    return this.#underWay;
  }

  #explain(batch: readonly ReadableSpan[], tookMs: number, error: Error | undefined): void {
    const outcome = error ? `could not be exported (${oneLine(messageOf(error))})` : 'exported';
    this.deps.explain?.(`${batch.length} spans ${outcome} in ${tookMs.toFixed(1)} ms; ${this.#queue.length} wait`);
  }

  #growBatches(): void {
    const { maxExportBatchSize } = this.settings;
    this.#batchSize = Math.min(this.#batchSize + Math.ceil(maxExportBatchSize / 16), maxExportBatchSize);
  }

  /** Resolves with what went wrong; never rejects. */
  async #send(batch: readonly ReadableSpan[]): Promise<Error | undefined> {
    try {
      const { resource } = batch[0]!;
      if (resource.asyncAttributesPending) await resource.waitForAsyncAttributes?.();
      return await this.#exported(batch);
    } catch (error) {
      return error instanceof Error ? error : new Error(messageOf(error));
    }
  }

  #exported(batch: readonly ReadableSpan[]): Promise<Error | undefined> {
    return new Promise((resolve) => {
      const timeout = setTimeout(
        () => resolve(new Error(`no answer within ${this.settings.exportTimeoutMillis} ms`)),
        this.settings.exportTimeoutMillis,
      );
      timeout.unref();
      this.deps.untraced(() => {
        try {
          this.deps.exporter.export(batch, ({ code, error }) => {
            clearTimeout(timeout);
            resolve(code === 0 ? undefined : (error ?? new Error('the exporter failed')));
          });
        } catch (error) {
          clearTimeout(timeout);
          resolve(error instanceof Error ? error : new Error(messageOf(error)));
        }
      });
    });
  }

  #failed(batch: readonly ReadableSpan[], error: Error): void {
    this.deps.faults.count('export');
    const advice = adviceOn(error);
    this.deps.once.warn(`export ${advice}`, `Failed to export traces: ${oneLine(messageOf(error))}. Tools run on; ${advice}`);
    const { code } = error as { code?: unknown };
    if (code === DEADLINE_EXCEEDED || code === RESOURCE_EXHAUSTED) this.#batchSize = Math.ceil(batch.length / 2);
    // One span that is too large by itself would keep all others from being delivered.
    const isHopeless = code === RESOURCE_EXHAUSTED && batch.length === 1 && TOO_LARGE.test(error.message);
    const isTriedAgain = isRetryable(error) && !isHopeless && !this.#isShutDown;
    const room = isTriedAgain ? Math.max(0, this.settings.maxQueueSize - this.#queue.length) : 0;
    this.#queue = batch.slice(0, room).concat(this.#queue);
    this.#drop(batch.slice(room), isTriedAgain ? 'the queue is full' : 'they could not be delivered');
  }

  #drop(spans: readonly ReadableSpan[], why: string): void {
    if (spans.length === 0) return;
    const ours = spans.filter(({ instrumentationScope }) => instrumentationScope.name === TRACER_NAME).length;
    this.deps.faults.count('dropped_span', ours);
    this.deps.once.warn(
      `drop ${why}`,
      `spans are dropped because ${why} (OTEL_BSP_MAX_QUEUE_SIZE=${this.settings.maxQueueSize}); they are counted in tool_telemetry_errors_total{kind="dropped_span"}`,
    );
  }
}

/** OpenSSL ends its lines. */
function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').trim();
}
