import { AsyncLocalStorage } from 'node:async_hooks';
import { tool, type FunctionPolicies } from 'toolspan';
import { createTestObservability } from 'toolspan/testing';
import { outcome } from '../support/observed.js';

const store = new AsyncLocalStorage<number>();
const CALLS = [0, 1, 2, 3, 4];

/** Time limits of all calls hang on one timer, which the first of them set: nobody may find himself in the context of another call. */
describe.each([
  ['without telemetry', () => undefined],
  ['with tracing', () => createTestObservability()],
])('%s, after a time limit', (_, setUp) => {
  let seen: ReturnType<typeof createTestObservability> | undefined;
  beforeEach(() => (seen = setUp()));
  afterEach(() => seen?.dispose());

  const hangs = (): Promise<never> => new Promise(() => undefined);

  test.each<[string, (note: () => void) => FunctionPolicies, number]>([
    ['the method', () => ({ timeout: 20, retry: { maxRetries: 1, baseDelay: 0 } }), 2],
    ['retryIf', (note) => ({ timeout: 20, retry: { maxRetries: 1, baseDelay: 0, retryIf: () => (note(), false) } }), 2],
    ['countIf', (note) => ({ timeout: 20, circuitBreaker: { countIf: () => (note(), true) } }), 2],
    ['a fallback', (note) => ({ timeout: { total: 20 }, fallback: () => note() }), 2],
    ['errorTtl', (note) => ({ timeout: 20, cached: { key: () => String(store.getStore()), errorTtl: () => (note(), undefined) } }), 2],
  ])('%s finds the store of its own call', async (_where, policies, times) => {
    const found = new Map<number, (number | undefined)[]>(CALLS.map((call) => [call, []]));
    let note = (_call: number): void => undefined;
    const act = tool({ name: 'act', ...policies(() => note(-1)) }, (call: number) => {
      found.get(call)!.push(store.getStore());
      return hangs();
    });
    note = () => found.get(store.getStore()!)!.push(store.getStore());
    await Promise.all(CALLS.map((call) => store.run(call, () => outcome(act(call)))));
    expect([...found]).toEqual(CALLS.map((call) => [call, Array<number>(times).fill(call)]));
  });
});
