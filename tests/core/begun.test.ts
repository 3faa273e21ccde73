import { Begun, discardLate } from '../../src/core/begun.js';
import { fakeCall } from '../support/fake-call.js';

function begun(iterator: object = {}): Begun {
  return new Begun(iterator, { done: false, value: 1 }, fakeCall());
}

describe('a stream that has begun', () => {
  it('calls back all who asked when it is over, in their order and once', () => {
    const order: string[] = [];
    const stream = begun();
    stream.whenOver(() => order.push('place'));
    stream.whenOver(() => order.push('limit'));
    expect(order).toEqual([]);
    stream.end();
    stream.end();
    expect(order).toEqual(['place', 'limit']);
  });

  it('calls back at once who asks when it is over already', () => {
    const stream = begun();
    stream.end();
    const callback = jest.fn();
    stream.whenOver(callback);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('is over for who is called back', () => {
    const stream = begun();
    const callback = jest.fn();
    stream.whenOver(() => stream.whenOver(callback));
    stream.end();
    expect(callback).toHaveBeenCalledTimes(1);
  });
});

describe('discardLate', () => {
  it('ends a stream that nobody will read, and what lasts as long as it', async () => {
    const ended: string[] = [];
    async function* numbers(): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        ended.push('generator');
      }
    }
    const iterator = numbers();
    await iterator.next();
    const stream = begun(iterator);
    stream.whenOver(() => ended.push('place'));
    discardLate(stream);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(ended.sort()).toEqual(['generator', 'place']);
  });

  it('gives the place back also where the stream does not let itself be ended', () => {
    const stream = begun({ return: () => Promise.reject(new Error('no')) });
    const callback = jest.fn();
    stream.whenOver(callback);
    discardLate(stream);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it.each([[undefined], [null], ['text'], [{ iterator: { return: () => expect('asked').toBe('left alone') } }]])(
    'leaves any other result alone: %p',
    (result) => {
      expect(() => discardLate(result)).not.toThrow();
    },
  );
});
