import { Cached, Retry, Tool } from 'toolspan';
import { createTestObservability } from 'toolspan/testing';

class Early {
  @Tool({ namespace: 'early' }) @Cached('1h') async get(n: number): Promise<number> {
    return n;
  }
  @Tool({ namespace: 'early' }) now(): string {
    return 'now';
  }
}

test('instances made before set-up are seen after it, and no more when it is over', async () => {
  const before = new Early();
  expect([await before.get(1), before.now()]).toEqual([1, 'now']);
  const seen = createTestObservability();
  try {
    const after = new Early();
    class Late {
      @Retry() async get(): Promise<string> {
        return 'late';
      }
    }
    expect([await before.get(2), await after.get(2), before.now(), await new Late().get()]).toEqual([2, 2, 'now', 'late']);
    expect(seen.tree()).toBe(
      [
        'tool.execute early.get ✓',
        '├── tool.cache.lookup miss',
        '└── tool.cache.set',
        'tool.execute early.get ✓ cached',
        '└── tool.cache.lookup hit',
        'tool.execute early.now ✓',
        'tool.execute get ✓',
        '└── tool.retry.attempt #0 ✓',
        '    └── tool.execute ✓',
      ].join('\n'),
    );
    expect(seen.metric('tool_executions_total', { tool: 'get', namespace: 'early' })).toBe(2);
  } finally {
    seen.dispose();
  }
  const spans = seen.spans.length;
  expect([await before.get(3), before.now()]).toEqual([3, 'now']);
  expect(seen.spans).toHaveLength(spans);
});
