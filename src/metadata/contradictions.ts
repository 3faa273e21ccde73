import type { Parts } from './card.js';

type Options = Readonly<Record<string, unknown>>;

/** Options that are right each by itself, but not together. */
interface Contradiction {
  readonly part: keyof Parts;
  /** The option that is named in the error. */
  readonly option: string;
  readonly isWrong: (options: Options) => boolean;
  readonly allowed: string;
}

const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
const given = (value: unknown): boolean => value !== undefined;

/** What no options around them could put right. */
const CONFLICTS: readonly Contradiction[] = [
  {
    part: 'rateLimited',
    option: 'cost',
    isWrong: ({ cost, burst, limit }) => number(cost, 0) > number(burst, number(limit, Infinity)),
    allowed: 'at most burst (default limit), or no call would ever pass',
  },
  {
    part: 'circuitBreaker',
    option: 'maxResetTimeout',
    isWrong: ({ maxResetTimeout, resetTimeout }) => number(maxResetTimeout, Infinity) < number(resetTimeout, 0),
    allowed: 'at least resetTimeout',
  },
  {
    part: 'circuitBreaker',
    option: 'minimumCalls',
    isWrong: ({ minimumCalls, window }) => number(minimumCalls, 0) > number(window, Infinity),
    allowed: 'at most window, or no rate would ever open the circuit',
  },
];

/** What lacks something that the class or a named policy may yet give. */
const NEEDS: readonly Contradiction[] = [
  {
    part: 'cached',
    option: 'weigh',
    isWrong: ({ weigh, maxWeight }) => given(weigh) !== given(maxWeight),
    allowed: 'given together with maxWeight',
  },
  {
    part: 'rateLimited',
    option: 'maxKeys',
    isWrong: ({ maxKeys, key }) => given(maxKeys) && !given(key),
    allowed: 'given together with key',
  },
  {
    part: 'circuitBreaker',
    option: 'window',
    isWrong: ({ window, failureRate, slowCall }) => given(window) && !given(failureRate) && !given(slowCall),
    allowed: 'given together with failureRate or slowCall',
  },
  {
    part: 'circuitBreaker',
    option: 'minimumCalls',
    isWrong: ({ minimumCalls, failureRate, slowCall }) => given(minimumCalls) && !given(failureRate) && !given(slowCall),
    allowed: 'given together with failureRate or slowCall',
  },
  {
    part: 'circuitBreaker',
    option: 'slowCallRate',
    isWrong: ({ slowCallRate, slowCall }) => given(slowCallRate) && !given(slowCall),
    allowed: 'given together with slowCall',
  },
  {
    part: 'bulkhead',
    option: 'maxWait',
    isWrong: ({ maxWait, maxQueue }) => given(maxWait) && number(maxQueue, 0) === 0,
    allowed: 'given together with a maxQueue of at least 1',
  },
  {
    part: 'timeout',
    option: 'attempt',
    isWrong: ({ attempt, total }) => !given(attempt) && !given(total),
    allowed: "a duration such as '5s', unless total is given",
  },
];

/** What is wrong with the options of one decorator by itself. */
export function conflictIn(part: keyof Parts, options: Options): Contradiction | undefined {
  return find(CONFLICTS, part, options);
}

/** What is wrong with options that nothing is added to any more. */
export function contradictionIn(part: keyof Parts, options: Options): Contradiction | undefined {
  return find(CONFLICTS, part, options) ?? find(NEEDS, part, options);
}

function find(list: readonly Contradiction[], part: keyof Parts, options: Options): Contradiction | undefined {
  return list.find((candidate) => candidate.part === part && candidate.isWrong(options));
}
