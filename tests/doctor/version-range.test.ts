import { satisfies } from '../../src/doctor/version-range.js';

test.each([
  ['1.9.1', '>=1.9 <2', true],
  ['1.8.9', '>=1.9 <2', false],
  ['2.0.0', '>=1.9 <2', false],
  ['0.223.0', '>=0.200 <0.400', true],
  ['0.400.0', '>=0.200 <0.400', false],
  ['1.10.0', '>=1.3.0 <1.10.0', false],
  ['15.1.3', '^15', true],
  ['16.0.0', '^15', false],
  ['14.9.9', '^15', false],
  ['1.2.9', '^1.2.3', true],
  ['1.2.2', '^1.2.3', false],
  ['0.2.9', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['0.0.4', '^0.0.3', false],
  ['1.9.7', '~1.9.1', true],
  ['1.10.0', '~1.9.1', false],
  ['1.4.7', '1.x', true],
  ['2.4.7', '1.x', false],
  ['6.0.1', '^5.11 || ^6', true],
  ['5.10.0', '^5.11 || ^6', false],
  ['v22.15.0', '^18.19 || >=20.6', true],
  ['2.0.0', '>1.9', true],
  ['1.9.5', '>1.9', false],
  ['1.9.5', '<=1.9', true],
  ['1.10.0', '<=1.9', false],
  ['1.2.3', '>= 1.2.3', true],
  ['1.2.3-beta.1', '1.2.3', true],
  ['7.0.0', '*', true],
])('%s in %s: %s', (version, range, expected) => {
  expect(satisfies(version, range)).toBe(expected);
});

test('a range, or a version, that is none of that is not judged', () => {
  expect(satisfies('1.0.0', 'npm:other@1')).toBeUndefined();
  expect(satisfies('latest', '^1')).toBeUndefined();
  expect(satisfies('1.0.0', 'workspace:* || ^1')).toBe(true);
});
