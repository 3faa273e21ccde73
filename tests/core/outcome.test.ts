import type { Next, Run } from '../../src/core/call.js';
import { afterwards, Deferred, ending, endingLater, immediate, promising } from '../../src/core/outcome.js';
import { fakeCall, throwing } from '../support/fake-call.js';

const error = new Error('down');

describe('the end of a row that gives a promise', () => {
  it.each<[string, Run, string, unknown]>([
    ['a value', () => 'value', 'answered', 'value'],
    ['a promise', () => Promise.resolve('value'), 'answered', 'value'],
    ['what acts like a promise', () => ({ then: (resolve: (value: unknown) => void) => resolve('value') }), 'answered', 'value'],
    ['a rejection', () => Promise.reject(error), 'failed', error],
    ['an error thrown at once', throwing(error), 'failed', error],
  ])('goes on with %s', async (_what, run, how, what) => {
    const told = { answered: jest.fn(), failed: jest.fn() };
    endingLater(run)(fakeCall(), told);
    await Promise.resolve().then(() => undefined);
    await Promise.resolve();
    expect(told[how as 'answered' | 'failed'].mock.calls).toEqual([[what]]);
    expect(told[how === 'failed' ? 'answered' : 'failed']).not.toHaveBeenCalled();
  });
});

describe('the end of a row that answers at once', () => {
  it('gives what it gives, a promise as it is', () => {
    const promise = Promise.resolve('value');
    expect(immediate(ending(() => promise))(fakeCall())).toBe(promise);
    expect(immediate(ending(() => 'value'))(fakeCall())).toBe('value');
  });

  it('throws what it throws', () => {
    expect(() => immediate(ending(throwing(error)))(fakeCall())).toThrow(error);
  });
});

describe('a row as a promise', () => {
  it.each<[string, Next]>([
    ['at once', (_call, then) => then.answered('value')],
    ['later', (_call, then) => void Promise.resolve().then(() => then.answered('value'))],
  ])('answers with what is answered %s', async (_when, row) => {
    await expect(promising(row)(fakeCall())).resolves.toBe('value');
  });

  it.each<[string, Next]>([
    ['at once', (_call, then) => then.failed(error)],
    ['later', (_call, then) => void Promise.resolve().then(() => then.failed(error))],
  ])('rejects with what failed %s', async (_when, row) => {
    await expect(promising(row)(fakeCall())).rejects.toBe(error);
  });
});

it('deferred outcomes do not get mixed up', async () => {
  const [one, other] = [new Deferred(), new Deferred()];
  other.answered('other');
  one.failed(error);
  await expect(one.promise).rejects.toBe(error);
  await expect(other.promise).resolves.toBe('other');
});

it('what comes after a wait goes on with what it brought, or fails with what ended it', async () => {
  const then = { answered: jest.fn(), failed: jest.fn() };
  const goOn = jest.fn();
  afterwards(fakeCall(), Promise.resolve(5), goOn, then);
  afterwards(fakeCall(), Promise.reject(error), goOn, then);
  await Promise.resolve();
  expect([goOn.mock.calls, then.failed.mock.calls, then.answered.mock.calls]).toEqual([[[5]], [[error]], []]);
});
