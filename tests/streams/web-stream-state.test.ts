import { tool } from 'toolspan';
import { observed } from '../support/observed.js';
import { endingOf, settled } from './streaming.js';
import { chunks } from './web-streams.js';

const it = observed();

const give = tool({ name: 'give' }, <T>(stream: T): T => stream);

describe('a stream that nobody is seen to read', () => {
  /** Its controller, to do with what the test wants. */
  function open(): { stream: ReadableStream<string>; controller: ReadableStreamDefaultController<string> } {
    let controller!: ReadableStreamDefaultController<string>;
    const stream = new ReadableStream<string>({ start: (given) => void (controller = given) });
    return { stream, controller };
  }

  test('ends when it closes', async () => {
    const { stream, controller } = open();
    give(stream);
    controller.close();
    await settled();
    expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 0, success: true });
  });

  test('ends when it breaks, and fails with what broke it', async () => {
    const { stream, controller } = open();
    give(stream);
    controller.error(new Error('the line is dead'));
    await settled();
    expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'failed', chunks: 0, success: false });
    expect(it.seen.spans[0]!.attributes['tool.error']).toBe('the line is dead');
  });

  test.each<[string, (stream: ReadableStream<string>, controller: ReadableStreamDefaultController<string>) => void, object]>([
    ['had closed', (_, controller) => controller.close(), { outcome: 'completed', success: true }],
    ['was broken', (_, controller) => controller.error(new Error('early')), { outcome: 'failed', success: false }],
    ['was cancelled', (stream) => void stream.cancel(), { outcome: 'completed', success: true }],
  ])('ends at once where it %s before it was given', async (_, before, ending) => {
    const { stream, controller } = open();
    before(stream, controller);
    give(stream);
    await settled();
    expect(endingOf(it.seen, 'give')).toEqual({ chunks: 0, ...ending });
  });

  test('ends when the reader that held it before has read it to its end', async () => {
    const stream = chunks('a', 'b');
    const reader = stream.getReader();
    give(stream);
    for (const value of ['a', 'b', undefined]) expect((await reader.read()).value).toBe(value);
    await settled();
    expect(endingOf(it.seen, 'give')).toMatchObject({ outcome: 'completed', success: true });
  });

  test('ends with its last chunk, though nobody asks for more: every chunk is counted', async () => {
    const stream = give(chunks('a', 'b'));
    const reader = stream.getReader();
    await reader.read();
    await reader.read();
    await settled();
    expect(endingOf(it.seen, 'give')).toEqual({ outcome: 'completed', chunks: 2, success: true });
  });
});
