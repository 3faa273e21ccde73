import { Circuit, type Permit, type Refusal } from '../../src/policies/circuit/circuit.js';
import type { CircuitSettings } from '../../src/policies/circuit/circuit-options.js';

const settings: CircuitSettings = { failureThreshold: 3, resetTimeout: 1_000, halfOpenMax: 1, successThreshold: 2 };

function admitted(answer: Permit | Refusal): Permit {
  if (!answer.admitted) throw new Error(`refused in ${answer.state}`);
  return answer;
}

/** Lets attempts begin and fail until the circuit is open. */
function opened(circuit: Circuit, now: number): void {
  while (circuit.state === 'CLOSED') circuit.failed(admitted(circuit.enter(now)), now);
}

function openCircuit(over: Partial<CircuitSettings> = {}): Circuit {
  const circuit = new Circuit({ ...settings, ...over });
  opened(circuit, 0);
  return circuit;
}

describe('a closed circuit', () => {
  it('is how it begins, and lets everything through', () => {
    const circuit = new Circuit(settings);
    expect(circuit.state).toBe('CLOSED');
    for (let attempt = 0; attempt < 100; attempt++) {
      expect(circuit.enter(0)).toMatchObject({ admitted: true, state: 'CLOSED', failureCount: 0 });
    }
  });

  it('opens at the failure that reaches the threshold, not before', () => {
    const circuit = new Circuit(settings);
    const counts = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(circuit.state).toBe('CLOSED');
      expect(circuit.failed(admitted(circuit.enter(0)), 0)).toBe(true);
      counts.push(circuit.failureCount);
    }
    expect(counts).toEqual([1, 2, 3]);
    expect(circuit.state).toBe('OPEN');
  });

  it('begins to count anew after a success', () => {
    const circuit = new Circuit(settings);
    for (const outcome of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) {
      circuit[outcome](admitted(circuit.enter(0)), 0);
    }
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 2 });
  });

  it('keeps its count for what is neither success nor failure', () => {
    const circuit = new Circuit(settings);
    circuit.failed(admitted(circuit.enter(0)), 0);
    circuit.ignored(admitted(circuit.enter(0)));
    expect(circuit.failureCount).toBe(1);
  });

  it('is not open for who asks beforehand', () => {
    expect(new Circuit(settings).isOpen(0)).toBe(false);
  });
});

describe('an open circuit', () => {
  it('refuses until resetTimeout is over, and says how long that is', () => {
    const circuit = openCircuit();
    expect(circuit.enter(0)).toEqual({ admitted: false, state: 'OPEN', failureCount: 3, retryAfterMs: 1_000 });
    expect(circuit.enter(999)).toEqual({ admitted: false, state: 'OPEN', failureCount: 3, retryAfterMs: 1 });
    expect(circuit.enter(1_000)).toMatchObject({ admitted: true, state: 'HALF_OPEN' });
  });

  it('stays OPEN until somebody asks', () => {
    const circuit = openCircuit();
    expect(circuit.isOpen(999)).toBe(true);
    expect(circuit.isOpen(1_000)).toBe(false);
    expect(circuit.isOpen(1_000_000)).toBe(false);
    expect(circuit.state).toBe('OPEN');
    circuit.enter(1_000_000);
    expect(circuit.state).toBe('HALF_OPEN');
  });

  it.each(['succeeded', 'failed', 'ignored'] as const)('is not moved by an attempt that began before it opened and %s', (outcome) => {
    const circuit = new Circuit(settings);
    const straggler = admitted(circuit.enter(0));
    opened(circuit, 0);
    expect([false, undefined]).toContain(circuit[outcome](straggler, 500));
    expect(circuit).toMatchObject({ state: 'OPEN', failureCount: 3 });
    expect(circuit.enter(999)).toMatchObject({ admitted: false, retryAfterMs: 1 });
  });
});

describe('onOpen', () => {
  it('calls back each time the circuit opens, and only then', () => {
    const circuit = new Circuit(settings);
    const opening = jest.fn(() => expect(circuit.state).toBe('OPEN'));
    circuit.onOpen(opening);
    circuit.failed(admitted(circuit.enter(0)), 0);
    expect(opening).not.toHaveBeenCalled();
    opened(circuit, 0);
    expect(opening).toHaveBeenCalledTimes(1);
    const probe = admitted(circuit.enter(1_000));
    expect(opening).toHaveBeenCalledTimes(1);
    circuit.failed(probe, 1_000);
    expect(opening).toHaveBeenCalledTimes(2);
    for (const now of [2_000, 2_001]) circuit.succeeded(admitted(circuit.enter(now)), now);
    expect(circuit.state).toBe('CLOSED');
    expect(opening).toHaveBeenCalledTimes(2);
  });

  it('does not call back who took it back, be it while others are called', () => {
    const circuit = new Circuit(settings);
    const [first, second] = [jest.fn(() => takeBack()), jest.fn()];
    const takeBack = circuit.onOpen(first);
    circuit.onOpen(second);
    opened(circuit, 0);
    circuit.failed(admitted(circuit.enter(1_000)), 1_000);
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).toHaveBeenCalledTimes(2);
  });
});

describe('a half-open circuit', () => {
  it('lets halfOpenMax probes through at a time and refuses the others, without a promise', () => {
    const circuit = openCircuit({ halfOpenMax: 2 });
    expect(circuit.enter(1_000)).toMatchObject({ admitted: true, state: 'HALF_OPEN', failureCount: 3 });
    expect(circuit.enter(1_000)).toMatchObject({ admitted: true, state: 'HALF_OPEN' });
    expect(circuit.enter(1_000)).toEqual({ admitted: false, state: 'HALF_OPEN', failureCount: 3, retryAfterMs: undefined });
  });

  it('is not open for who asks beforehand', () => {
    const circuit = openCircuit();
    circuit.enter(1_000);
    expect(circuit.isOpen(1_000)).toBe(false);
  });

  it('closes after successThreshold successes, not before, and has forgotten all failures', () => {
    const circuit = openCircuit();
    circuit.succeeded(admitted(circuit.enter(1_000)), 1_000);
    expect(circuit.state).toBe('HALF_OPEN');
    circuit.succeeded(admitted(circuit.enter(1_001)), 1_001);
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 0 });
  });

  it('opens again at one failure, for a whole resetTimeout from then', () => {
    const circuit = openCircuit();
    circuit.succeeded(admitted(circuit.enter(1_000)), 1_000);
    expect(circuit.failed(admitted(circuit.enter(1_200)), 1_500)).toBe(true);
    expect(circuit.state).toBe('OPEN');
    expect(circuit.enter(2_499)).toMatchObject({ admitted: false, retryAfterMs: 1 });
    expect(circuit.enter(2_500)).toMatchObject({ admitted: true });
  });

  it('does not carry successes over to the next time', () => {
    const circuit = openCircuit();
    circuit.succeeded(admitted(circuit.enter(1_000)), 1_000);
    circuit.failed(admitted(circuit.enter(1_000)), 1_000);
    circuit.succeeded(admitted(circuit.enter(2_000)), 2_000);
    expect(circuit.state).toBe('HALF_OPEN');
  });

  it('gives the place of a probe that said nothing to the next', () => {
    const circuit = openCircuit();
    const probe = admitted(circuit.enter(1_000));
    expect(circuit.enter(1_000).admitted).toBe(false);
    circuit.ignored(probe);
    expect(circuit).toMatchObject({ state: 'HALF_OPEN', failureCount: 3 });
    expect(circuit.enter(1_000).admitted).toBe(true);
  });

  it('gives the place of a probe that never ends to the next after resetTimeout', () => {
    const circuit = openCircuit();
    circuit.enter(1_000);
    expect(circuit.enter(1_999).admitted).toBe(false);
    expect(circuit.enter(2_000).admitted).toBe(true);
    expect(circuit.enter(2_000).admitted).toBe(false);
  });

  it('does not take the place of a present probe for that of a late one', () => {
    const circuit = openCircuit();
    const late = admitted(circuit.enter(1_000));
    circuit.enter(2_000);
    circuit.ignored(late);
    expect(circuit.enter(2_001).admitted).toBe(false);
  });

  it.each(['succeeded', 'failed', 'ignored'] as const)('is not moved by a probe of an earlier time that %s', (outcome) => {
    const circuit = openCircuit({ halfOpenMax: 2, successThreshold: 1 });
    const early = admitted(circuit.enter(1_000));
    circuit.failed(admitted(circuit.enter(1_000)), 1_000);
    const present = admitted(circuit.enter(2_000));
    circuit[outcome](early, 2_000);
    expect(circuit.state).toBe('HALF_OPEN');
    expect(circuit.enter(2_000).admitted).toBe(true);
    expect(circuit.enter(2_000).admitted).toBe(false);
    circuit.succeeded(present, 2_000);
    expect(circuit.state).toBe('CLOSED');
  });

  it('once closed is not moved by a probe that fails late', () => {
    const circuit = openCircuit({ halfOpenMax: 2, successThreshold: 1 });
    const late = admitted(circuit.enter(1_000));
    circuit.succeeded(admitted(circuit.enter(1_000)), 1_000);
    expect(circuit.failed(late, 1_001)).toBe(false);
    expect(circuit).toMatchObject({ state: 'CLOSED', failureCount: 0 });
  });
});
