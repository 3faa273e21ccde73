import { currentCall, describeTool, Tool, tool } from 'toolspan';
import { createTestClock, createTestObservability } from 'toolspan/testing';
import { endStreams } from '../../src/bootstrap/shutdown.js';
import { runtime } from '../../src/pipeline/runtime.js';

const generating = () =>
  tool({ name: 'generating', retry: 1 }, async function* () {
    yield 1;
    yield 2;
  });

test('without telemetry nobody keeps a stream that its reader dropped', async () => {
  const stream = generating();
  currentCall();
  for (let call = 0; call < 100; call++) await stream().next();
  expect(runtime.openStreams.size).toBe(0);
});

test('a promise with members of its own keeps them while telemetry is on, and its call ends with it', async () => {
  const seen = createTestObservability();
  const start = tool({ name: 'start' }, () => Object.assign(Promise.resolve(1), { cancel: () => 'cancelled' }));
  const started = start();
  expect(started.cancel()).toBe('cancelled');
  expect(await started).toBe(1);
  expect(seen.tree()).toBe('tool.execute start ✓');
  seen.dispose();
});

test('where the process ends, a stream whose reader is busy with a chunk is not given up yet; one left alone is', async () => {
  const clock = createTestClock();
  const seen = createTestObservability({ clock });
  await generating()().next();
  endStreams(({ idleMs }) => idleMs >= 1_000);
  expect(seen.spans.filter(({ attributes }) => attributes['tool.stream.outcome'] !== undefined)).toHaveLength(0);
  await clock.advance('1s');
  endStreams(({ idleMs }) => idleMs >= 1_000);
  expect(seen.tree()).toContain('tool.execute generating ✓ 1 chunk, abandoned');
  seen.dispose();
});

test('a method whose symbol has an empty description is called symbol', () => {
  class Api {
    async [Symbol('')](): Promise<void> {}
  }
  const [key] = Object.getOwnPropertySymbols(Api.prototype) as [symbol];
  const method = Object.getOwnPropertyDescriptor(Api.prototype, key) as TypedPropertyDescriptor<() => Promise<void>>;
  Object.defineProperty(Api.prototype, key, Tool()(Api.prototype, key, method));
  expect(describeTool(Api).name).toBe('symbol');
});
