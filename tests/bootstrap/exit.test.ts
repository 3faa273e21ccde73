import { EventEmitter } from 'node:events';
import { flushAtExit, type ExitActions, type ExitProcess } from '../../src/bootstrap/exit.js';

/** A process that only notes what is done to it. */
class FakeProcess extends EventEmitter {
  pid = 42;
  readonly killed: string[] = [];
  readonly exits: unknown[] = [];

  kill(_pid: number, signal: string): true {
    this.killed.push(signal);
    return true;
  }

  exit(code?: number): never {
    this.exits.push(code);
    return undefined as never;
  }
}

function setUp(parts: Partial<ExitActions> = {}) {
  const proc = new FakeProcess();
  let finish: () => void = () => undefined;
  const actions = {
    flush: jest.fn(() => new Promise<void>((resolve) => (finish = resolve))),
    shutdown: jest.fn(() => new Promise<void>((resolve) => (finish = resolve))),
    isOwn: () => true,
    abandon: jest.fn(),
    news: jest.fn((): number | undefined => 1),
    endStreams: () => undefined,
    heldForMs: () => 0,
  };
  Object.assign(actions, parts);
  const remove = flushAtExit(actions, proc as unknown as ExitProcess);
  return { proc, actions, remove, finish: () => finish() };
}

afterEach(() => jest.useRealTimers());

test.each(['SIGTERM', 'SIGINT'])('at %s everything is shut down, then the process ends by that signal', async (signal) => {
  const { proc, actions, finish } = setUp();
  proc.emit(signal);
  expect(actions.shutdown).toHaveBeenCalledWith(5_000);
  expect(proc.killed).toEqual([]);
  finish();
  await new Promise(setImmediate);
  expect(proc.killed).toEqual([signal]);
  expect(proc.listenerCount(signal)).toBe(0);
});

test('a second signal ends the process at once', () => {
  const { proc } = setUp();
  proc.emit('SIGINT');
  proc.emit('SIGINT');
  expect(proc.killed).toEqual(['SIGINT']);
});

test.each(['on', 'once'] as const)('where the application listens with %s, we only flush', async (method) => {
  const { proc, actions, finish } = setUp();
  proc[method]('SIGTERM', () => undefined);
  proc.emit('SIGTERM');
  expect(actions.flush).toHaveBeenCalledTimes(1);
  finish();
  await new Promise(setImmediate);
  expect(actions.shutdown).not.toHaveBeenCalled();
  expect(proc.killed).toEqual([]);
});

test('the first process of a container, whom signals do not end, exits with the signal’s code', async () => {
  const { proc, finish } = setUp();
  proc.pid = 1;
  proc.emit('SIGTERM');
  finish();
  await new Promise(setImmediate);
  expect(proc.exits).toEqual([143]);
});

test('a natural exit flushes what is new, once', async () => {
  const { proc, actions, finish } = setUp();
  proc.emit('beforeExit', 0);
  expect(actions.flush).toHaveBeenCalledTimes(1);
  finish();
  await new Promise(setImmediate);
  proc.emit('beforeExit', 0);
  expect(actions.flush).toHaveBeenCalledTimes(1);
  actions.news.mockReturnValue(2);
  proc.emit('beforeExit', 0);
  expect(actions.flush).toHaveBeenCalledTimes(2);
  finish();
});

test('without news a natural exit is not held up', () => {
  const { proc, actions } = setUp({ news: () => undefined });
  proc.emit('beforeExit', 0);
  expect(actions.flush).not.toHaveBeenCalled();
});

test('a collector that never answers holds a natural exit for 5 s, and its exit code is kept', () => {
  jest.useFakeTimers();
  const { proc, actions } = setUp();
  proc.emit('beforeExit', 0);
  jest.advanceTimersByTime(4_999);
  expect(proc.exits).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(proc.exits).toEqual([undefined]); // no code: process.exitCode stays
  expect(actions.abandon).toHaveBeenCalledTimes(1);
});

test('the flush of an application’s own provider does not end the process', () => {
  jest.useFakeTimers();
  const { proc } = setUp({ isOwn: () => false });
  proc.emit('beforeExit', 0);
  jest.advanceTimersByTime(10_000);
  expect(proc.exits).toEqual([]);
});

test('time that an export has held the process already is taken off', () => {
  jest.useFakeTimers();
  const held = setUp({ heldForMs: () => 4_000 });
  held.proc.emit('beforeExit', 0);
  jest.advanceTimersByTime(1_000);
  expect(held.proc.exits).toHaveLength(1);
  const used = setUp({ heldForMs: () => 5_000 });
  used.proc.emit('beforeExit', 0);
  expect(used.actions.flush).not.toHaveBeenCalled();
});

test('taken away, it does nothing', () => {
  const { proc, remove, actions } = setUp();
  remove();
  for (const event of ['SIGTERM', 'SIGINT', 'beforeExit']) expect(proc.emit(event)).toBe(false);
  expect(actions.flush).not.toHaveBeenCalled();
});
