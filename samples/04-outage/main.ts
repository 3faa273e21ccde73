// An outage, seen from outside: six policies on one method, and what its callers got in each quarter of a second.
import type { tracing } from '@opentelemetry/sdk-node';
import {
  Bulkhead,
  Cached,
  circuit,
  configureTools,
  currentCall,
  describeTool,
  Fallback,
  Hedge,
  setupObservability,
  Tool,
  Use,
} from 'toolspan';
import { pause, PHASES, Upstream } from './upstream.js';

const ITEMS = ['tea', 'bread', 'coffee', 'lemons', 'rosemary', 'artichoke'];
const CALL_EACH_MS = 20;
const LINE_EACH_MS = 250;

configureTools({
  policies: {
    shop: {
      timeout: '100ms',
      retry: { maxRetries: 1, baseDelay: '10ms', budget: { ratio: 0.2, min: 2 } },
      circuitBreaker: { failureRate: 0.5, minimumCalls: 10, window: '1s', resetTimeout: '400ms' },
    },
  },
});

class Shop {
  constructor(private readonly upstream: Upstream) {}

  @Tool({ namespace: 'shop' })
  @Use('shop')
  @Cached({ ttl: '200ms', staleIfError: '1500ms' })
  @Hedge({ after: '30ms' })
  @Bulkhead({ maxConcurrent: 10, maxQueue: 5, maxWait: '50ms' })
  @Fallback((_error: unknown, _item: string) => 0)
  async price(item: string): Promise<number> {
    return this.upstream.price(item, currentCall()?.signal);
  }
}

/** Writes down a letter for each call as it ends. */
class Ledger implements tracing.SpanProcessor {
  letters = '';

  onEnd({ name, parentSpanContext, attributes }: tracing.ReadableSpan): void {
    if (name === 'tool.execute' && !parentSpanContext) this.letters += letterOf(attributes);
  }

  onStart(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}

function letterOf(attributes: tracing.ReadableSpan['attributes']): string {
  if (attributes['tool.fallback'] === true) return 'f';
  if (attributes['tool.stale'] === true) return 's';
  if (attributes['tool.success'] !== true) return '!';
  if (attributes['tool.hedged'] === true) return 'h';
  return attributes['tool.cached'] === true ? '·' : '+';
}

async function main(): Promise<void> {
  const ledger = new Ledger();
  const { shutdown } = await setupObservability({ serviceName: 'outage', metricsPort: 0, tracing: { spanProcessors: [ledger] } });
  const upstream = new Upstream();
  const shop = new Shop(upstream);
  const chain = describeTool(shop).policies.map(({ name }) => name);
  console.log(`A call of shop.price meets: ${chain.join(' > ')}`);
  console.log('+ fetched   · cached   h by a hedge   s an old result   f by the fallback   ! an error\n');

  let call = 0;
  const calling = setInterval(() => void shop.price(ITEMS[call++ % ITEMS.length]!).catch(() => undefined), CALL_EACH_MS);
  for (const phase of PHASES) {
    upstream.phase = phase;
    for (let passed = 0; passed < phase.lastsMs; passed += LINE_EACH_MS) {
      await pause(LINE_EACH_MS);
      const what = passed === 0 ? `upstream: ${phase.name}` : '';
      console.log(
        `  ${what.padEnd(28)} ${circuit(shop).state.padEnd(10)} asked ${String(upstream.asked).padStart(3)} ×  ${ledger.letters}`,
      );
      ledger.letters = '';
      upstream.asked = 0;
    }
  }
  clearInterval(calling);
  await shutdown();
}

void main();
