import { circuit, CircuitBreaker, CircuitOpenError, resetTools, Tool, tool } from 'toolspan';
import { observed, outcome } from '../support/observed.js';
import { fails, guardedBy, works } from './guarded-tool.js';

const it = observed();
const guarded = guardedBy(it);

/** What a transition is written down as, on the spans and in the metric. */
const moved = (from: string, to: string) => ({
  name: 'tool.circuit_breaker.transition',
  attributes: { 'circuit.from': from, 'circuit.to': to },
});

describe('the handle of a circuit', () => {
  test('shows the state and the consecutive failures as they stand', async () => {
    const { all, handle } = guarded({ failureThreshold: 3, resetTimeout: '1s' });
    expect([handle.state, handle.failureCount]).toEqual(['CLOSED', 0]);
    await all(fails, fails);
    expect([handle.state, handle.failureCount]).toEqual(['CLOSED', 2]);
    await all(fails);
    await it.clock.advance('1h');
    expect([handle.state, handle.failureCount]).toEqual(['OPEN', 3]); // nobody asked yet
    await all(works);
    expect([handle.state, handle.failureCount]).toEqual(['HALF_OPEN', 0]);
  });

  test('opens it until it is closed by hand, however long that takes', async () => {
    const { call, handle, runs } = guarded({ resetTimeout: '1s' });
    handle.open();
    await it.clock.advance('1d');
    expect(await call(works)).toBeInstanceOf(CircuitOpenError);
    handle.close();
    expect(await call(works)).toBe('up');
    expect(runs()).toBe(1);
  });

  test('keeps open what had opened by itself', async () => {
    const { call, handle } = guarded({ failureThreshold: 1, resetTimeout: '1s' });
    await call(fails);
    handle.open();
    await it.clock.advance('1h');
    expect(await call(works)).toBeInstanceOf(CircuitOpenError);
  });

  test('closes it without a probe, and counts from 0 again', async () => {
    const { call, all, handle } = guarded({ failureThreshold: 2 });
    await all(fails, fails);
    handle.close();
    await all(fails);
    expect(handle).toMatchObject({ state: 'CLOSED', failureCount: 1 });
    expect(await call(works)).toBe('up');
  });

  test('lets a closed circuit keep its count when it is closed, and forgets it when it is reset', async () => {
    const { all, handle } = guarded({ failureThreshold: 3 });
    await all(fails, fails);
    handle.close();
    expect(handle.failureCount).toBe(2);
    handle.reset();
    expect(handle.failureCount).toBe(0);
    await all(fails, fails);
    expect(handle.state).toBe('CLOSED');
  });

  test('forgets the window and the growth of the open time when it is reset', async () => {
    const { call, all, handle } = guarded({ failureRate: 0.5, minimumCalls: 2, resetTimeout: '1s', maxResetTimeout: '1m' });
    await all(fails, fails);
    await it.clock.advance('1s');
    await all(fails); // the second time: two seconds
    handle.reset();
    await all(fails);
    expect(handle.state).toBe('CLOSED');
    await all(fails);
    expect(await call(works)).toMatchObject({ retryAfterMs: 1_000 });
  });

  test('belongs to a class of receivers, found by an instance or by the class', async () => {
    class Net {
      @Tool()
      @CircuitBreaker({ failureThreshold: 1 })
      async one(): Promise<void> {
        throw new Error('down');
      }
      @Tool()
      @CircuitBreaker({ failureThreshold: 1 })
      async other(): Promise<void> {}
    }
    const net = new Net();
    await outcome(net.one());
    expect([circuit(net, 'one').state, circuit(Net, 'one').state]).toEqual(['OPEN', 'OPEN']);
    expect(circuit(net, 'other').state).toBe('CLOSED');
    circuit(Net, 'one').reset();
    expect(circuit(net, 'one').state).toBe('CLOSED');
  });

  test('is refused, with a cure, for what has no circuit', () => {
    const plain = tool({ name: 'plain' }, async () => 1);
    expect(() => circuit(plain)).toThrow('circuit: tool "plain" has no circuit breaker; write @CircuitBreaker()');
    expect(() => circuit('nobody')).toThrow('circuit: no tool that was called so far has a circuit breaker named "nobody"');
  });
});

describe('a listener for transitions', () => {
  test('hears each change of state, whoever caused it, until it is taken back', async () => {
    const { all, handle } = guarded({ failureThreshold: 1, resetTimeout: '1s', successThreshold: 1 });
    const heard: string[] = [];
    const leave = handle.onTransition((from, to) => void heard.push(`${from} > ${to}`));
    await all(fails);
    await it.clock.advance('1s');
    await all(works);
    handle.open();
    handle.open();
    handle.reset();
    handle.reset();
    handle.close();
    const all6 = ['CLOSED > OPEN', 'OPEN > HALF_OPEN', 'HALF_OPEN > CLOSED', 'CLOSED > OPEN', 'OPEN > CLOSED'];
    expect(heard).toEqual(all6);
    leave();
    handle.open();
    expect(heard).toEqual(all6);
  });

  test('given twice is heard twice, and taken back one at a time', () => {
    const { handle } = guarded({});
    const listener = jest.fn();
    const leave = handle.onTransition(listener);
    handle.onTransition(listener);
    handle.open();
    expect(listener).toHaveBeenCalledTimes(2);
    leave();
    leave();
    handle.close();
    expect(listener).toHaveBeenCalledTimes(3);
  });

  test('that changes the state itself does not mix up what the others hear', async () => {
    const { all, handle } = guarded({ failureThreshold: 1 });
    const heard: string[] = [];
    handle.onTransition((_from, to) => (to === 'OPEN' ? handle.close() : undefined));
    handle.onTransition((from, to) => void heard.push(`${from} > ${to}`));
    await all(fails);
    expect(heard).toEqual(['CLOSED > OPEN', 'OPEN > CLOSED']);
    expect(handle.state).toBe('CLOSED');
  });

  test('that throws is reported once, and neither the call nor other listeners feel it', async () => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { call, handle } = guarded({ failureThreshold: 1 }, 'listened');
    const heard = jest.fn();
    handle.onTransition(() => {
      throw new Error('deaf');
    });
    handle.onTransition(heard);
    expect(await call(fails)).toEqual(new Error('down'));
    handle.close();
    expect(handle.state).toBe('CLOSED');
    expect(heard.mock.calls).toEqual([
      ['CLOSED', 'OPEN'],
      ['OPEN', 'CLOSED'],
    ]);
    expect(stderr.mock.calls).toEqual([
      ['[toolspan] tool "listened": a listener of its transitions failed (deaf); the others are told all the same\n'],
    ]);
    stderr.mockRestore();
  });
});

describe('what is told of transitions', () => {
  test('is a count by from and to, and an event on the span of the call that caused it', async () => {
    const { all, handle, metric } = guarded({ failureThreshold: 1, resetTimeout: '1s', successThreshold: 1 });
    const count = (from: string, to: string) => metric('tool_circuit_breaker_transitions_total', { from, to });
    expect(count('CLOSED', 'OPEN')).toBe(0);
    await all(fails);
    await it.clock.advance('1s');
    await all(works, works);
    const events = it.seen.spans.filter(({ name }) => name === 'tool.execute').map((span) => span.events);
    expect(events[0]).toContainEqual(moved('CLOSED', 'OPEN'));
    expect(events.slice(1)).toEqual([[moved('OPEN', 'HALF_OPEN'), moved('HALF_OPEN', 'CLOSED')], []]);
    handle.open();
    expect([count('CLOSED', 'OPEN'), count('OPEN', 'HALF_OPEN'), count('HALF_OPEN', 'CLOSED')]).toEqual([2, 1, 1]);
    handle.close();
    expect([count('OPEN', 'CLOSED'), count('HALF_OPEN', 'OPEN')]).toEqual([1, 0]);
    expect(metric('tool_circuit_breaker_state')).toBe(0);
  });

  test('lets the gauge follow what is done by hand', () => {
    const { handle, metric } = guarded({});
    handle.open();
    expect(metric('tool_circuit_breaker_state')).toBe(1);
    handle.reset();
    expect(metric('tool_circuit_breaker_state')).toBe(0);
  });

  test('is forgotten by resetTools, and so is the circuit', async () => {
    const guard = guarded({ failureThreshold: 1 });
    await guard.all(fails);
    resetTools();
    expect(guard.handle.state).toBe('CLOSED');
    expect(await guard.call(works)).toBe('up');
    expect(guard.metric('tool_circuit_breaker_transitions_total', { from: 'CLOSED', to: 'OPEN' })).toBe(0);
  });
});
