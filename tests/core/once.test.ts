import { Once } from '../../src/core/once.js';

function listener(): { readonly once: Once; readonly said: string[] } {
  const said: string[] = [];
  return { once: new Once(() => ({ warn: (message) => void said.push(message) })), said };
}

describe('Once', () => {
  it('says a thing the first time only', () => {
    const { once, said } = listener();
    once.warn('port', 'port 9090 is taken');
    once.warn('port', 'port 9091 is taken');
    expect(said).toEqual(['port 9090 is taken']);
  });

  it('says things under different keys each', () => {
    const { once, said } = listener();
    once.warn('a', 'same words');
    once.warn('b', 'same words');
    expect(said).toEqual(['same words', 'same words']);
  });

  it('says it again after it forgot', () => {
    const { once, said } = listener();
    once.warn('port', 'taken');
    once.forget();
    once.warn('port', 'taken');
    expect(said).toHaveLength(2);
  });

  it('says once for each tool and part that it broke, and with which error', () => {
    const { once, said } = listener();
    once.broken('search', 'retryIf', new Error('no status'));
    once.broken('search', 'retryIf', new Error('another'));
    once.broken('search', 'countIf', 'odd');
    once.broken('fetch', 'retryIf', new Error('no status'));
    expect(said).toEqual([
      'tool "search": retryIf failed (no status); its calls go on without it',
      'tool "search": countIf failed (odd); its calls go on without it',
      'tool "fetch": retryIf failed (no status); its calls go on without it',
    ]);
  });

  it('asks for the logger when it speaks, not when it is made', () => {
    const early = jest.fn();
    const late = jest.fn();
    let logger = { warn: early };
    const once = new Once(() => logger);
    logger = { warn: late };
    once.warn('port', 'taken');
    expect(early).not.toHaveBeenCalled();
    expect(late).toHaveBeenCalledWith('taken');
  });
});
