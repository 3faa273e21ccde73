import { trace, SpanKind, SpanStatusCode, type Attributes, type Span } from '@opentelemetry/api';
import { circuitBreaker, CircuitState, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { Counter, Gauge } from 'prom-client';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { handMadeMetrics } from './metrics.js';

/** The tracer of what is written by hand. */
export const BY_HAND = 'by-hand';

const TOOL = 'find';
const TTL_MS = 300_000;
const MAX_RETRIES = 3;
const RATE = 1_000_000_000;
const STATES = {
  [CircuitState.Closed]: 'CLOSED',
  [CircuitState.Open]: 'OPEN',
  [CircuitState.HalfOpen]: 'HALF_OPEN',
  [CircuitState.Isolated]: 'OPEN',
} as const;

const tracer = trace.getTracer(BY_HAND);
const { registry, executions, durations } = handMadeMetrics();
const registers = [registry];
const cacheOperations = new Counter({
  name: 'tool_cache_operations_total',
  help: 'Cache lookups and writes.',
  labelNames: ['tool', 'operation', 'result'],
  registers,
});
const attempts = new Counter({
  name: 'tool_retry_attempts_total',
  help: 'Attempts.',
  labelNames: ['tool', 'attempt', 'success'],
  registers,
});
const failures = new Counter({ name: 'tool_circuit_breaker_failures_total', help: 'Failures.', labelNames: ['tool'], registers });
const checks = new Counter({
  name: 'tool_rate_limit_checks_total',
  help: 'Decisions of the rate limit.',
  labelNames: ['tool', 'allowed'],
  registers,
});
const circuitState = new Gauge({ name: 'tool_circuit_breaker_state', help: 'State of the circuit.', labelNames: ['tool'], registers });

const identity = { 'tool.name': TOOL, 'tool.namespace': 'bench' };
const callOptions = {
  kind: SpanKind.INTERNAL,
  attributes: { ...identity, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': TOOL, 'gen_ai.tool.type': 'function' },
};

/**
 * What one writes without us, with everything that we report: the field's libraries, and the spans and counts of the contract around each of
 * their steps. It has no single flight, and of the metrics beyond the contract it keeps none.
 */
export class TracedByHand {
  runs = 0;
  readonly #results = new LRUCache<string, { value: number }>({ max: 1_000, ttl: TTL_MS });
  readonly #limiter = new RateLimiterMemory({ points: RATE, duration: 1 });
  readonly #retry = retry(handleAll, {
    maxAttempts: MAX_RETRIES,
    backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: 10_000 }),
  });
  readonly #circuit = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) });
  #failuresInRow = 0;

  constructor() {
    this.#circuit.onFailure(() => {
      this.#failuresInRow += 1;
      failures.inc({ tool: TOOL });
    });
    this.#circuit.onSuccess(() => (this.#failuresInRow = 0));
    this.#circuit.onStateChange((state) => circuitState.set({ tool: TOOL }, state));
  }

  find(word: string, page: number): Promise<number> {
    return tracer.startActiveSpan('tool.execute', callOptions, async (span) => {
      const startedAt = performance.now();
      const outcome = { failed: false, cached: false };
      try {
        const key = JSON.stringify([word, page]);
        const kept = this.#lookUp(key);
        if (kept) {
          outcome.cached = true;
          return kept.value;
        }
        await this.#passLimit();
        const value = await this.#retry.execute(({ attempt }) => this.#attempt(attempt, word, page));
        this.#store(key, value);
        return value;
      } catch (error) {
        outcome.failed = true;
        recordFailure(span, error as Error);
        throw error;
      } finally {
        const durationMs = performance.now() - startedAt;
        end(span, { 'tool.duration_ms': durationMs, 'tool.cached': outcome.cached, 'tool.success': !outcome.failed });
        executions.inc({ tool: TOOL, namespace: 'bench', status: outcome.failed ? 'error' : 'success' });
        durations.observe({ tool: TOOL, namespace: 'bench' }, durationMs / 1_000);
      }
    });
  }

  #lookUp(key: string): { value: number } | undefined {
    const span = tracer.startSpan('tool.cache.lookup', { attributes: { 'tool.name': TOOL, 'cache.operation': 'lookup' } });
    const kept = this.#results.get(key);
    end(span, { 'cache.hit': kept !== undefined });
    cacheOperations.inc({ tool: TOOL, operation: 'lookup', result: kept ? 'hit' : 'miss' });
    return kept;
  }

  #store(key: string, value: number): void {
    const attributes = { 'tool.name': TOOL, 'cache.operation': 'set', 'cache.ttl': TTL_MS / 1_000 };
    const span = tracer.startSpan('tool.cache.set', { attributes });
    this.#results.set(key, { value });
    span.end();
    cacheOperations.inc({ tool: TOOL, operation: 'set', result: 'set' });
  }

  async #passLimit(): Promise<void> {
    const span = tracer.startSpan('tool.rate_limit.check', { attributes: { 'tool.name': TOOL } });
    let isAllowed = true;
    try {
      await this.#limiter.consume(TOOL);
    } catch (refusal) {
      isAllowed = false;
      throw refusal;
    } finally {
      end(span, { 'rate_limit.allowed': isAllowed });
      checks.inc({ tool: TOOL, allowed: String(isAllowed) });
    }
  }

  #attempt(attempt: number, word: string, page: number): Promise<number> {
    const attributes = {
      'tool.name': TOOL,
      'circuit.state': STATES[this.#circuit.state],
      'circuit.failure_count': this.#failuresInRow,
    };
    tracer.startSpan('tool.circuit_breaker.check', { attributes }).end();
    return this.#circuit.execute(() => this.#tracedAttempt(attempt, word, page));
  }

  #tracedAttempt(attempt: number, word: string, page: number): Promise<number> {
    const attributes = { 'tool.name': TOOL, 'retry.attempt': attempt, 'retry.max_attempts': MAX_RETRIES };
    return tracer.startActiveSpan('tool.retry.attempt', { attributes }, async (span) => {
      let success = false;
      try {
        const value = await this.#execution(word, page);
        success = true;
        return value;
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
        throw error;
      } finally {
        end(span, { 'retry.success': success });
        attempts.inc({ tool: TOOL, attempt: String(attempt), success: String(success) });
      }
    });
  }

  #execution(word: string, page: number): Promise<number> {
    return tracer.startActiveSpan('tool.execute', { attributes: identity }, async (span) => {
      const startedAt = performance.now();
      let success = false;
      try {
        const value = await this.#find(word, page);
        success = true;
        return value;
      } catch (error) {
        recordFailure(span, error as Error);
        throw error;
      } finally {
        end(span, { 'tool.duration_ms': performance.now() - startedAt, 'tool.cached': false, 'tool.success': success });
      }
    });
  }

  async #find(word: string, page: number): Promise<number> {
    this.runs += 1;
    return word.length + page;
  }

  /** What it counted, in the text format. */
  exposition(): Promise<string> {
    return registry.metrics();
  }
}

function end(span: Span, attributes: Attributes): void {
  span.setAttributes(attributes);
  span.end();
}

function recordFailure(span: Span, error: Error): void {
  span.recordException(error);
  span.setAttributes({ 'tool.error': error.message, 'error.type': error.name });
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
