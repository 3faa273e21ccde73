import { WaitingLine } from '../../src/policies/rate-limit/waiting-line.js';
import { createTestClock } from '../../src/testing/test-clock.js';

test('those who leave the line take no time from those who stay, and the timer is that of the first who is left', async () => {
  const clock = createTestClock();
  const timers = jest.spyOn(clock, 'setTimer');
  const line = new WaitingLine(clock);
  const many = Array.from({ length: 1_000 }, (_, index) => {
    const abort = new AbortController();
    const ended = line.wait(10 + index, abort.signal).then(
      () => `admitted at ${clock.now()}`,
      (reason: unknown) => String(reason),
    );
    return { abort, ended };
  });
  for (const { abort } of many.slice(1)) abort.abort(new Error('gone'));
  expect(timers).toHaveBeenCalledTimes(1); // nobody but the first has one
  many[0]!.abort.abort(new Error('gone'));
  expect(line.isOccupied).toBe(false);
  const late = line.wait(50).then(() => clock.now());
  await clock.advance(50);
  expect(await late).toBe(50);
  expect(new Set(await Promise.all(many.map(({ ended }) => ended)))).toEqual(new Set(['Error: gone']));
});
