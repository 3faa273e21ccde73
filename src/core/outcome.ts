import type { Call, Next, Outcome, Run } from './call.js';

let resolveLast!: (value: unknown) => void;
let rejectLast!: (error: unknown) => void;

// One for all: a function made for each promise would double its price.
function takeLast(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  resolveLast = resolve;
  rejectLast = reject;
}

/** An outcome as a promise. */
export class Deferred implements Outcome {
  readonly promise: Promise<unknown>;
  readonly answered: (value: unknown) => void;
  readonly failed: (error: unknown) => void;

  constructor() {
    this.promise = new Promise(takeLast);
    this.answered = resolveLast;
    this.failed = rejectLast;
  }
}

/** The answer of the row that is being entered, for whoever runs the method at once. */
let entered: Answer | undefined;

/** The row as a function that answers with a promise in any case. */
export function promising(next: Next): (call: Call) => Promise<unknown> {
  return (call) => {
    const answer = new Answer();
    const outer = entered;
    entered = undefined;
    next(call, answer);
    entered = outer;
    return answer.promise();
  };
}

/**
 * The same for a row that never answers while the method runs: the promise that waits for the method may then be the answer, and none need be
 * made for it.
 */
export function promisingInTurn(next: Next): (call: Call) => Promise<unknown> {
  return (call) => {
    const answer = new Answer();
    const outer = entered;
    entered = answer;
    next(call, answer);
    entered = outer;
    return answer.promise();
  };
}

/** What a call answers: often it is there before anybody could wait for it, and then a promise that is settled from the start will do. */
class Answer implements Outcome {
  #state: 'open' | 'answered' | 'failed' = 'open';
  #value: unknown = undefined;
  #deferred: Deferred | undefined = undefined;
  /** Waits for the method, and settles with what `take` gives then. */
  waiting: Promise<unknown> | undefined = undefined;
  #isWaitedFor = false;

  answered(value: unknown): void {
    if (this.#deferred) this.#deferred.answered(value);
    else this.#settle('answered', value);
  }

  failed(error: unknown): void {
    if (this.#deferred) this.#deferred.failed(error);
    else this.#settle('failed', error);
  }

  promise(): Promise<unknown> {
    if (this.#state === 'answered') return Promise.resolve(this.#value);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever was thrown, untouched
    if (this.#state === 'failed') return Promise.reject(this.#value);
    if (!this.waiting) return (this.#deferred = new Deferred()).promise;
    this.#isWaitedFor = true;
    return this.waiting;
  }

  /** What the row comes to, or a promise of it where it goes on, as with another attempt. Throws what it failed with. */
  take(): unknown {
    if (!this.#isWaitedFor) return undefined;
    if (this.#state === 'failed') throw this.#value;
    return this.#state === 'answered' ? this.#value : (this.#deferred = new Deferred()).promise;
  }

  #settle(state: 'answered' | 'failed', value: unknown): void {
    this.#state = state;
    this.#value = value;
  }
}

/** The row as a function that answers at once: what runs in it does not wait. */
export function immediate(next: Next): Run {
  return (call) => {
    const outcome = new Immediate();
    next(call, outcome);
    return outcome.take();
  };
}

class Immediate implements Outcome {
  #value: unknown;
  #failed = false;

  answered(value: unknown): void {
    this.#value = value;
  }

  failed(error: unknown): void {
    this.#value = error;
    this.#failed = true;
  }

  take(): unknown {
    if (this.#failed) throw this.#value;
    return this.#value;
  }
}

/** The end of a row: what `run` gives, or throws, is the outcome as it is. */
export function ending(run: Run): Next {
  return (call, then) => {
    let result: unknown;
    try {
      result = run(call);
    } catch (error) {
      return then.failed(error);
    }
    then.answered(result);
  };
}

/** The same for what gives a promise: its outcome is the outcome. */
export function endingLater(run: Run): Next {
  return (call, then) => {
    const answer = entered;
    entered = undefined;
    let result: unknown;
    try {
      result = run(call);
    } catch (error) {
      return then.failed(error);
    }
    let promise: Promise<unknown>;
    try {
      promise = plainly(result);
    } catch (error) {
      return then.failed(error);
    }
    // Outside of what `run` was run in: what goes on from here goes on where the call was made.
    const waiting = promise.then(
      (value) => {
        then.answered(value);
        return answer?.take();
      },
      (error: unknown) => {
        then.failed(error);
        return answer?.take();
      },
    );
    if (answer) answer.waiting = waiting;
  };
}

/** As `await` does it: past whatever stands before a plain promise's own `then`, which may call back at once, or twice. May throw. */
function plainly(result: unknown): Promise<unknown> {
  const promise = Promise.resolve(result);
  return promise.then === Promise.prototype.then ? promise : new Promise((resolve) => resolve(result));
}

/**
 * Goes on when a wait is over, or ends with what ended the wait. Where a policy gives the call up, it ends at once: a promise would tell of it
 * when the call around it has ended already.
 * @param unwanted takes back what the wait brought where the call was given up before it could go on
 */
export function afterwards<T>(call: Call, wait: Promise<T>, goOn: (value: T) => void, then: Outcome, unwanted?: (value: T) => void): void {
  const { cancellation } = call;
  let isOver = false;
  const leave = cancellation?.onCancel(() => {
    isOver = true;
    then.failed(cancellation.reason);
  });
  wait.then(
    (value) => {
      if (isOver) return unwanted?.(value);
      leave?.();
      goOn(value);
    },
    (error: unknown) => {
      if (isOver) return;
      leave?.();
      then.failed(error);
    },
  );
}
