import { missed, render, type Report } from './bench/report.js';
import { orderOf, summarize } from './bench/contest.js';

const row = {
  name: 'bare',
  what: '@Tool',
  against: 'a bare method',
  ours: 120,
  rival: 100,
  spread: [1.1, 1.3],
  calls: { ours: 1, rival: 1 },
} as const;
const reading = { what: 'longest', unit: 'ms' } as const;

function report(ratio: number, stall: number): Report {
  return {
    node: 'v1',
    cpu: 'one',
    rows: [
      { ...row, ratio, bar: 2 },
      { ...row, name: 'free', ratio: 100 },
    ],
    probes: [{ name: 'stall', what: 'The loop', bar: 10, decisive: { ...reading, value: stall }, others: [] }],
  };
}

test('a ratio or a reading that is worse than its bar is missed; one on it is not, nor is one without a bar', () => {
  expect(missed(report(2, 10))).toEqual([]);
  expect(missed(report(2.01, 10))).toEqual(['bare']);
  expect(missed(report(2, 10.1))).toEqual(['stall']);
});

test('the table says what was missed', () => {
  expect(render(report(1.9, 9))).not.toContain('MISSED');
  expect(render(report(2.5, 9))).toMatch(/2\.50x.*2\.00x +MISSED/);
  expect(render(report(1.9, 11))).toContain('(bar 10, MISSED)');
});

test('a row is the median of the rounds of all processes, its ratio that of neighbours', () => {
  const rounds = [
    { ours: 10, rival: 10 },
    { ours: 30, rival: 10 },
    { ours: 100, rival: 50 },
  ];
  const measured = [
    { rounds: rounds.slice(0, 1), calls: { ours: 1, rival: 2 } },
    { rounds: rounds.slice(1), calls: { ours: 3, rival: 4 } },
  ];
  expect(summarize(measured)).toEqual({ ours: 30, rival: 10, ratio: 2, spread: [1.5, 2.5], calls: { ours: 4, rival: 6 } });
});

test('the sides take turns in being first', () => {
  expect([orderOf(0)[0], orderOf(1)[0]]).toEqual(['ours', 'rival']);
});
