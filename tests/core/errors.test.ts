import * as errors from '../../src/core/errors.js';
import { isErrorLike, memberOf, messageOf, typeOf } from '../../src/core/thrown.js';

const { CircuitOpenError, ConfigurationError, RateLimitError, ToolError, ToolRefusedError } = errors;

const subject = { tool: 'search', namespace: 'web' };

/** The same module, loaded a second time: the CommonJS copy beside the ESM one. */
async function secondCopy(): Promise<typeof errors> {
  let copy: typeof errors | undefined;
  await jest.isolateModulesAsync(async () => {
    copy = await import('../../src/core/errors.js');
  });
  return copy!;
}

describe('RateLimitError', () => {
  it('says what happened and when to come back', () => {
    const error = new RateLimitError(subject, 'tool_limit', 4_200);
    expect(error).toMatchObject({ name: 'RateLimitError', code: 'RATE_LIMITED', reason: 'tool_limit', retryAfterMs: 4_200, ...subject });
    expect(error.message).toBe(
      'Tool "search" was not run: its rate limit is used up. Try again in 4.2 s; before that it is refused again.',
    );
  });

  it('tells the global limit from the own one', () => {
    expect(new RateLimitError(subject, 'global_limit', 850).message).toContain('the rate limit that all tools share is used up');
  });
});

describe('CircuitOpenError', () => {
  it('says what happened, when to come back, and why', () => {
    const cause = new Error('down');
    const error = new CircuitOpenError(subject, 5, 60_000, { cause });
    expect(error).toMatchObject({ name: 'CircuitOpenError', code: 'CIRCUIT_OPEN', retryAfterMs: 60_000, cause, ...subject });
    expect(error.message).toBe(
      'Tool "search" was not run: its last 5 attempts failed, so its circuit is open. Try again in 60 s; before that it is refused again.',
    );
  });

  it('counts a single failure in the singular', () => {
    expect(new CircuitOpenError(subject, 1, 500).message).toContain('its last attempt failed, so');
  });

  it('promises no time while a trial call is under way', () => {
    const error = new CircuitOpenError(subject, 5, undefined);
    expect(error.retryAfterMs).toBeUndefined();
    expect(error.message).toContain('a trial call is finding out');
    expect('cause' in error).toBe(false);
  });
});

describe('ConfigurationError', () => {
  it('carries its code and whom it is about', () => {
    expect(new ConfigurationError('no such option', subject)).toMatchObject({
      name: 'ConfigurationError',
      code: 'CONFIGURATION',
      message: 'no such option',
      ...subject,
    });
  });

  it('is about the library itself where no tool is named', () => {
    expect(new ConfigurationError('bad port')).toMatchObject({ tool: 'toolspan', namespace: 'default' });
  });
});

describe('the family of errors', () => {
  const rateLimited = new RateLimitError(subject, 'tool_limit', 1);
  const open = new CircuitOpenError(subject, 5, 1);
  const configuration = new ConfigurationError('bad');

  it.each([
    ['RateLimitError', rateLimited, [true, true, true, false, false]],
    ['CircuitOpenError', open, [true, true, false, true, false]],
    ['ConfigurationError', configuration, [true, false, false, false, true]],
    ['a foreign Error', new Error('foreign'), [false, false, false, false, false]],
  ])('%s is an instance of its own line only', (_name, error, expected) => {
    const line = [ToolError, ToolRefusedError, RateLimitError, CircuitOpenError, ConfigurationError];
    expect(line.map((kind) => error instanceof kind)).toEqual(expected);
    expect(error).toBeInstanceOf(Error);
  });

  it.each([[undefined], [null], ['RATE_LIMITED'], [{ code: 'RATE_LIMITED', name: 'RateLimitError' }], [Object.create(null)]])(
    'does not count %p among its members',
    (value) => {
      expect(value instanceof ToolError).toBe(false);
      expect(value instanceof RateLimitError).toBe(false);
    },
  );

  it('prints its name in the stack', () => {
    expect(rateLimited.stack).toMatch(/^RateLimitError: Tool "search"/);
  });
});

describe('two copies of the module', () => {
  it('are really two', async () => {
    expect((await secondCopy()).RateLimitError).not.toBe(RateLimitError);
  });

  it('recognise the errors of each other, and keep them apart', async () => {
    const other = await secondCopy();
    const theirs = new other.RateLimitError(subject, 'tool_limit', 1);
    expect(theirs).toBeInstanceOf(ToolError);
    expect(theirs).toBeInstanceOf(ToolRefusedError);
    expect(theirs).toBeInstanceOf(RateLimitError);
    expect(theirs).not.toBeInstanceOf(CircuitOpenError);
    expect(theirs).not.toBeInstanceOf(ConfigurationError);
    expect(new CircuitOpenError(subject, 5, 1)).toBeInstanceOf(other.CircuitOpenError);
    expect(new ConfigurationError('bad')).toBeInstanceOf(other.ConfigurationError);
    expect(new ConfigurationError('bad')).not.toBeInstanceOf(other.ToolRefusedError);
  });

  it('recognise what a user derived from the errors of the other', async () => {
    const other = await secondCopy();
    class QuotaError extends other.RateLimitError {}
    const quota = new QuotaError(subject, 'tool_limit', 1);
    expect(quota).toBeInstanceOf(QuotaError);
    expect(quota).toBeInstanceOf(RateLimitError);
  });
});

describe('a class that a user derives', () => {
  class QuotaError extends RateLimitError {}
  class OtherQuotaError extends RateLimitError {}

  it('counts its own instances only', () => {
    const quota = new QuotaError(subject, 'tool_limit', 1);
    expect(quota).toBeInstanceOf(QuotaError);
    expect(quota).toBeInstanceOf(RateLimitError);
    expect(quota).not.toBeInstanceOf(OtherQuotaError);
    expect(new RateLimitError(subject, 'tool_limit', 1)).not.toBeInstanceOf(QuotaError);
  });

  it('may have a name of its own', () => {
    const error = new QuotaError(subject, 'tool_limit', 1);
    error.name = 'QuotaError';
    expect(error.name).toBe('QuotaError');
    expect(new RateLimitError(subject, 'tool_limit', 1).name).toBe('RateLimitError');
  });
});

describe('retryAfterMs of a refusal', () => {
  it.each([
    [0.3, 1],
    [150, 150],
    [149.2, 150],
    [1e-9 + 150, 150],
    [7.3e-12, 1],
  ])('is a whole number of at least 1, rounded up from %p to %p', (wait, told) => {
    expect(new RateLimitError(subject, 'tool_limit', wait).retryAfterMs).toBe(told);
    expect(new CircuitOpenError(subject, 5, wait).retryAfterMs).toBe(told);
  });
});

describe('memberOf', () => {
  it.each<[string, unknown, unknown]>([
    ['a member', { status: 429 }, 429],
    ['an inherited member', Object.create({ status: 429 }), 429],
    ['undefined where there is none', {}, undefined],
    ['undefined of undefined', undefined, undefined],
    ['undefined of null', null, undefined],
    ['undefined of a string', 'status', undefined],
    ['undefined where reading throws', Object.defineProperty({}, 'status', { get: () => BigInt('x') }), undefined],
  ])('gives %s', (_what, value, member) => {
    expect(memberOf(value, 'status')).toBe(member);
  });
});

describe('messageOf and typeOf', () => {
  const unprintable = Object.create(null) as object;
  const trapped = Object.defineProperties(new Error('hidden'), {
    message: {
      get() {
        throw new Error('trap');
      },
    },
    name: {
      get() {
        throw new Error('trap');
      },
    },
  });
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  it.each<[string, unknown, string, string]>([
    ['an Error', new TypeError('not a number'), 'not a number', 'TypeError'],
    ['an error of ours', new ConfigurationError('bad'), 'bad', 'ConfigurationError'],
    ['a DOMException', new DOMException('gone', 'AbortError'), 'gone', 'AbortError'],
    ['an error whose name is empty', Object.assign(new Error('odd'), { name: '' }), 'odd', '_OTHER'],
    ['an error whose name is no string', Object.assign(new Error('odd'), { name: 5 }), 'odd', '_OTHER'],
    ['an error whose message is no string', Object.assign(new Error(), { message: 5 }), '5', 'Error'],
    ['an error whose members cannot be read', trapped, 'an object that cannot be printed', '_OTHER'],
    ['a string', 'stop', 'stop', '_OTHER'],
    ['undefined', undefined, 'undefined', '_OTHER'],
    ['null', null, 'null', '_OTHER'],
    ['a number', 42, '42', '_OTHER'],
    ['a symbol', Symbol('stop'), 'Symbol(stop)', '_OTHER'],
    ['an object', { message: 'looks like one', name: 'Error' }, '[object Object]', '_OTHER'],
    ['an object without a prototype', unprintable, 'an object that cannot be printed', '_OTHER'],
    ['a revoked proxy', revoked, 'an object that cannot be printed', '_OTHER'],
  ])('describe %s', (_what, thrown, message, type) => {
    expect(messageOf(thrown)).toBe(message);
    expect(typeOf(thrown)).toBe(type);
  });

  it('know an error of another realm', () => {
    const foreign = Object.assign(Object.create(null) as object, {
      [Symbol.toStringTag]: 'Error',
      message: 'far away',
      name: 'RangeError',
    });
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isErrorLike(foreign)).toBe(true);
    expect([messageOf(foreign), typeOf(foreign)]).toEqual(['far away', 'RangeError']);
  });
});
