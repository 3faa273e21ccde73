import { RateLimitError } from '../../src/core/errors.js';
import { isOwnRefusal, refusalOf } from '../../src/core/refusals.js';
import { fakeCall } from '../support/fake-call.js';

const refused = (): RateLimitError => new RateLimitError({ tool: 'search', namespace: 'web' }, 'tool_limit', 1);

describe('refusalOf', () => {
  it('returns the very error', () => {
    const error = refused();
    expect(refusalOf(fakeCall(), error)).toBe(error);
  });

  it('makes the error the own refusal of that call, in all its copies', () => {
    const call = fakeCall();
    const error = refusalOf(call.forAttempt(2, undefined), refused());
    expect(isOwnRefusal(call, error)).toBe(true);
    expect(isOwnRefusal(call.withScope('span'), error)).toBe(true);
  });

  it('leaves it an ordinary error for every other call', () => {
    const error = refusalOf(fakeCall(), refused());
    expect(isOwnRefusal(fakeCall(), error)).toBe(false);
  });
});

describe('isOwnRefusal', () => {
  it.each([[refused()], [new Error('tool')], [undefined], [null], ['RATE_LIMITED']])('is false for %p, which no policy noted', (error) => {
    expect(isOwnRefusal(fakeCall(), error)).toBe(false);
  });
});
