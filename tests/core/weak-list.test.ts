import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WeakList } from '../../src/core/weak-list.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Collects garbage, turn by turn, until the condition holds; a weak reference lives on until its turn has ended. */
async function collectedUntil(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !condition(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
}

describe('WeakList', () => {
  it('lists its members in the order they came', () => {
    const list = new WeakList<{ name: string }>();
    const [a, b] = [{ name: 'a' }, { name: 'b' }];
    list.add(a);
    list.add(b);
    expect([...list]).toEqual([a, b]);
    expect([...list][0]).toBe(a);
  });

  it('counts additions, so that who remembers the number knows whether there is news', () => {
    const list = new WeakList<object>();
    expect(list.additions).toBe(0);
    const member = {};
    list.add(member);
    expect(list.additions).toBe(1);
    expect([...list, ...list]).toHaveLength(2);
    expect(list.additions).toBe(1);
  });

  it('does not keep its members alive, and goes on without those that went', async () => {
    const list = new WeakList<{ name: string }>();
    const kept = { name: 'kept' };
    list.add({ name: 'lost' });
    list.add(kept);
    await collectedUntil(() => [...list].length === 1);
    expect([...list]).toEqual([kept]);
    expect(list.additions).toBe(2);
  });
});
