import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { currentCall, resetTools, setupObservability, tool } from 'toolspan';
import { outcome } from '../support/observed.js';

afterEach(() => resetTools());

const quiet = { onStart: () => undefined, onEnd: () => undefined, forceFlush: async () => undefined, shutdown: async () => undefined };

test('a call that is sampled out tells its attempts apart for who asks, also after a wait, and of calls side by side', async () => {
  const status = await setupObservability({ metricsPort: 0, handleSignals: false, tracing: { sampler: new AlwaysOffSampler() } });
  const told: Record<string, (number | undefined)[]> = { one: [], other: [] };
  const call = tool({ name: 'tells', retry: { maxRetries: 2, baseDelay: 0 } }, async (who: 'one' | 'other') => {
    told[who]!.push(currentCall()?.attempt);
    await new Promise((resolve) => setImmediate(resolve));
    told[who]!.push(currentCall()?.attempt);
    throw new Error('again');
  });
  await Promise.all([outcome(call('one')), outcome(call('other'))]);
  expect(told).toEqual({ one: [0, 0, 1, 1, 2, 2], other: [0, 0, 1, 1, 2, 2] });
  expect(currentCall()).toBeUndefined();
  await status.shutdown();
});

test('a sampler is shown all that is known of a call as it starts, and whose the other spans are', async () => {
  const shown: [name: string, attributes: object][] = [];
  const sampler = {
    shouldSample: (_context: unknown, _traceId: string, name: string, _kind: number, attributes: object) => {
      shown.push([name, { ...attributes }]);
      return { decision: 2 };
    },
  };
  const status = await setupObservability({ metricsPort: 0, handleSignals: false, tracing: { sampler, spanProcessors: [quiet] } });
  await tool({ name: 'shown', namespace: 'test', retry: 1, cached: '1m', attributes: { 'app.team': 'core' } }, async () => 1)();
  expect(shown).toEqual([
    [
      'tool.execute',
      {
        'tool.name': 'shown',
        'tool.namespace': 'test',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'shown',
        'gen_ai.tool.type': 'function',
        'app.team': 'core',
      },
    ],
    ['tool.cache.lookup', { 'tool.name': 'shown' }],
    ['tool.retry.attempt', { 'tool.name': 'shown' }],
    ['tool.execute', { 'tool.name': 'shown', 'tool.namespace': 'test' }],
    ['tool.cache.set', { 'tool.name': 'shown' }],
  ]);
  await status.shutdown();
});
