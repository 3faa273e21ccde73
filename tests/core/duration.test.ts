import { humanDuration, toMilliseconds } from '../../src/core/duration.js';

describe('toMilliseconds', () => {
  it.each<[string | number, number]>([
    [0, 0],
    [250, 250],
    [0.5, 0.5],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['1.5s', 1_500],
    ['0s', 0],
  ])('reads %p as %p milliseconds', (value, milliseconds) => {
    expect(toMilliseconds(value)).toBe(milliseconds);
  });

  it.each([
    [-1],
    [NaN],
    [Infinity],
    [''],
    ['5'],
    ['s'],
    ['-5s'],
    ['5 s'],
    [' 5s'],
    ['5s\n'],
    ['5S'],
    ['5w'],
    ['1e3ms'],
    ['.5s'],
    ['1h30m'],
    [`${'9'.repeat(400)}d`],
    [undefined],
    [null],
    [5n],
    [new Date(5)],
    [['5s']],
  ])('takes %p for no duration', (value) => {
    expect(toMilliseconds(value)).toBeUndefined();
  });
});

describe('humanDuration', () => {
  it.each([
    [0, '1 ms'],
    [0.2, '1 ms'],
    [850, '850 ms'],
    [1_000, '1 s'],
    [4_200, '4.2 s'],
    [60_000, '60 s'],
    [119_900, '119.9 s'],
    [120_000, '2 min'],
    [180_000, '3 min'],
    [7_200_000, '2 h'],
    [86_400_000, '24 h'],
  ])('says %p milliseconds as %p', (milliseconds, words) => {
    expect(humanDuration(milliseconds)).toBe(words);
  });

  it.each([
    [849.1, '850 ms'],
    [4_201, '4.3 s'],
    [180_001, '3.1 min'],
    [7_200_001, '2.1 h'],
  ])('rounds %p milliseconds up to %p, so that nobody comes back too early', (milliseconds, words) => {
    expect(humanDuration(milliseconds)).toBe(words);
  });
});
