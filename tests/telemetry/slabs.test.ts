import fc from 'fast-check';
import { SlabPool, SlabText } from '../../src/telemetry/slabs.js';

const LONG = SlabPool.SLAB_BYTES;

function read(text: SlabText): string {
  return Buffer.concat(text.parts()).toString();
}

test('what was added comes out, however it falls on the slabs', () => {
  const pieces = fc.array(fc.tuple(fc.constantFrom('a', 'é', '€', '😀', 'line\n'), fc.integer({ min: 0, max: LONG })), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, (given) => {
      const texts = given.map(([what, times]) => what.repeat(times));
      const text = new SlabText(new SlabPool());
      for (const one of texts) text.add(one);
      expect(read(text) === texts.join('')).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('nothing takes no slab', () => {
  const text = new SlabText(new SlabPool());
  text.add('');
  expect(text.parts()).toEqual([]);
});

test('slabs that were given back are written into again, and no more are kept than were needed last', () => {
  const pool = new SlabPool();
  const long = new SlabText(pool);
  long.add('x'.repeat(3 * LONG));
  const slabs = [...long.slabs];
  pool.giveBack(slabs);
  const short = new SlabText(pool);
  short.add('y');
  expect(slabs).toContain(short.slabs[0]);
  pool.giveBack(short.slabs);
  expect(pool.take()).toBe(short.slabs[0]);
  expect(slabs).not.toContain(pool.take());
});

test('two that write at the same time do not share a slab', () => {
  const pool = new SlabPool();
  const one = new SlabText(pool);
  const other = new SlabText(pool);
  one.add('one');
  other.add('other');
  expect([read(one), read(other)]).toEqual(['one', 'other']);
});
