import * as fc from 'fast-check';
import { Gcra } from '../../src/policies/rate-limit/gcra.js';
import { expectConformance } from './limited-tool.js';

/** Takes at `now` if one more may pass; whether it did. */
function pass(gcra: Gcra, now: number): boolean {
  if (gcra.earliest(now) > now) return false;
  gcra.take(now, now);
  return true;
}

/** How many pass at `now` before one is refused. */
function drain(gcra: Gcra, now: number): number {
  let passed = 0;
  while (pass(gcra, now)) passed += 1;
  return passed;
}

describe('a rate', () => {
  it('lets its limit pass at once, then one each interval, evenly', () => {
    const gcra = new Gcra({ limit: 4, per: 1_000 });
    expect(drain(gcra, 0)).toBe(4);
    for (const now of [250, 500, 750, 1_000, 1_250]) {
      expect(gcra.earliest(now - 1)).toBe(now);
      expect(drain(gcra, now)).toBe(1);
    }
  });

  it.each([
    [1, 1],
    [3, 3],
    [9, 9],
  ])('with a burst of %p lets %p pass at once', (burst, count) => {
    const gcra = new Gcra({ limit: 4, per: 1_000, burst });
    expect(drain(gcra, 0)).toBe(count);
    expect(gcra.earliest(0)).toBe(250);
  });

  it('fills up again evenly, up to its burst and no further', () => {
    const gcra = new Gcra({ limit: 4, per: 1_000 });
    drain(gcra, 0);
    expect(drain(gcra, 500)).toBe(2);
    expect(drain(gcra, 1_000_000)).toBe(4);
  });

  it('has no edge at which two bursts meet', () => {
    const gcra = new Gcra({ limit: 10, per: 1_000 });
    expect(drain(gcra, 999)).toBe(10);
    expect(drain(gcra, 1_000)).toBe(0);
    expect(drain(gcra, 1_001)).toBe(0);
    expect(drain(gcra, 1_099)).toBe(1);
  });

  it('is exact where the interval is no whole number', () => {
    const gcra = new Gcra({ limit: 3, per: 1_000, burst: 1 });
    let now = 0;
    for (let call = 0; call < 3_000; call++) {
      now = gcra.earliest(now);
      gcra.take(now, now);
    }
    expect(gcra.earliest(now)).toBeCloseTo(1_000_000, 6);
  });

  it('remembers nothing of what has passed: the last of many calls costs what the first does', () => {
    const gcra = new Gcra({ limit: 1, per: 10 });
    const before = process.cpuUsage();
    for (let now = 0; now < 1_000_000; now += 10) gcra.take(gcra.earliest(now), now);
    // 100,000 calls take some 10 ms; with a list of them all it would be many seconds.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });

  it('only looks with earliest', () => {
    const gcra = new Gcra({ limit: 1, per: 1_000 });
    expect([gcra.earliest(0), gcra.earliest(0), gcra.earliest(70)]).toEqual([0, 0, 70]);
  });

  it('keeps the rate it was made with', () => {
    const rate = { limit: 1, per: 1_000 };
    expect(new Gcra(rate).rate).toBe(rate);
  });
});

describe('an admission promised for later', () => {
  it('moves the next one behind it', () => {
    const gcra = new Gcra({ limit: 1, per: 100 });
    const times = [0, 1, 2].map(() => {
      const at = gcra.earliest(0);
      gcra.take(at, 0);
      return at;
    });
    expect(times).toEqual([0, 100, 200]);
    expect(gcra.earliest(250)).toBe(300);
  });

  it('leaves free what lies before it', () => {
    const gcra = new Gcra({ limit: 1, per: 100 });
    gcra.take(1_000, 0);
    expect(gcra.earliest(0)).toBe(0);
    expect(gcra.earliest(850)).toBe(850);
    expect(gcra.earliest(900)).toBe(900);
  });

  it('is not broken by who comes shortly before it', () => {
    const gcra = new Gcra({ limit: 1, per: 100 });
    gcra.take(1_000, 0);
    expect(gcra.earliest(901)).toBe(1_100);
    expect(gcra.earliest(1_000)).toBe(1_100);
  });

  it('shares the burst with who comes before it', () => {
    const gcra = new Gcra({ limit: 2, per: 100 });
    gcra.take(1_000, 0);
    expect(pass(gcra, 1_000)).toBe(true);
    expect(gcra.earliest(1_000)).toBe(1_050);
  });

  it('lets calls through between two promises', () => {
    const gcra = new Gcra({ limit: 1, per: 100 });
    gcra.take(1_000, 0);
    gcra.take(500, 0);
    expect(gcra.earliest(0)).toBe(0);
    expect(gcra.earliest(401)).toBe(600);
    expect(gcra.earliest(901)).toBe(1_100);
  });

  it('counts once its moment has passed', () => {
    const gcra = new Gcra({ limit: 1, per: 100 });
    gcra.take(500, 0);
    expect(gcra.earliest(550)).toBe(600);
    gcra.take(600, 550);
    expect(gcra.earliest(600)).toBe(700);
  });
});

describe('for any rate and any arrivals', () => {
  const rate = fc.record({
    limit: fc.integer({ min: 1, max: 50 }),
    per: fc.integer({ min: 1, max: 5_000 }),
    burst: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
  });
  const gaps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 3_000 })), { maxLength: 150 });

  it('what passes never exceeds burst + w * limit / per in a window of length w', () => {
    fc.assert(
      fc.property(rate, gaps, (some, waits) => {
        const gcra = new Gcra(some);
        let now = 0;
        const admitted = waits.map((wait) => (now += wait)).filter((arrival) => pass(gcra, arrival));
        expectConformance(some, admitted);
      }),
      { numRuns: 200 },
    );
  });

  it('who is refused and comes back at exactly its earliest time passes, and one moment before it does not', () => {
    fc.assert(
      fc.property(rate, gaps, (some, waits) => {
        const gcra = new Gcra(some);
        const admitted: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const at = gcra.earliest(now);
          expect(at).toBeGreaterThanOrEqual(now);
          if (at > now) {
            const early = Math.max(now, at - 0.001);
            expect(gcra.earliest(early)).toBe(at);
            now = at;
          }
          expect(pass(gcra, now)).toBe(true);
          admitted.push(now);
        }
        expectConformance(some, admitted);
      }),
      { numRuns: 200 },
    );
  });

  it('earliest is the very first moment that breaks neither the rate nor a promise', () => {
    /** The admissions in order, one by one, under the rule itself; whole numbers only, so that nothing is rounded. */
    const conforms = (interval: number, burst: number, times: readonly number[]): boolean => {
      let due = -Infinity;
      for (const time of [...times].sort((a, b) => a - b)) {
        if (time < due - (burst - 1) * interval) return false;
        due = Math.max(due, time) + interval;
      }
      return true;
    };
    const arrival = fc.record({ gap: fc.integer({ min: 0, max: 30 }), heldBack: fc.integer({ min: 0, max: 60 }) });

    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(arrival, { maxLength: 25 }),
        (interval, burst, arrivals) => {
          const gcra = new Gcra({ limit: 1, per: interval, burst });
          const taken: number[] = [];
          let now = 0;
          for (const { gap, heldBack } of arrivals) {
            now += gap;
            let first = now + heldBack;
            while (!conforms(interval, burst, [...taken, first])) first += 1;
            expect(gcra.earliest(now + heldBack)).toBe(first);
            gcra.take(first, now);
            taken.push(first);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

test('the short way takes just what the long way would, for any history', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), gaps, (limit, burst, steps) => {
      const [short, long] = [new Gcra({ limit, per: 1_000, burst }), new Gcra({ limit, per: 1_000, burst })];
      let now = 0;
      for (const gap of steps) {
        now += gap;
        expect(short.tryTake(now)).toBe(pass(long, now));
        expect(short.earliest(now)).toBe(long.earliest(now));
      }
    }),
    { numRuns: 300 },
  );
});
