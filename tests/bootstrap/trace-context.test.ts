import pino from 'pino';
import { Writable } from 'node:stream';
import { createLogger, format, transports } from 'winston';
import { Tool, traceContext, withTraceContext, type TraceContext } from 'toolspan';
import { createTestObservability, type TestObservability } from 'toolspan/testing';

let seen: TestObservability;
beforeEach(() => (seen = createTestObservability()));
afterEach(() => seen.dispose());

/** Takes what is written, line by line. */
function sink(): { lines: Record<string, unknown>[]; stream: Writable } {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) lines.push(JSON.parse(line) as Record<string, unknown>);
      done();
    },
  });
  return { lines, stream };
}

class Search {
  constructor(private readonly say: () => void) {}

  @Tool('search') async search(): Promise<void> {
    await Promise.resolve();
    this.say();
  }
}

/** Says it in a tool; gives what is known of the tool's span. */
async function inTool(say: () => void): Promise<TraceContext> {
  await new Search(say).search();
  const { traceId, spanId } = seen.spans.at(-1)!;
  return { trace_id: traceId, span_id: spanId, tool: 'search' };
}

test('outside of spans and tools there is nothing to say', () => {
  expect(traceContext()).toEqual({});
});

test('in a tool it is the trace, the innermost span and the tool', async () => {
  let here: TraceContext | undefined;
  expect(await inTool(() => (here = traceContext()))).toEqual(here);
  expect(here!.trace_id).toMatch(/^[0-9a-f]{32}$/);
});

test('without tracing it is the tool alone', async () => {
  seen.dispose();
  let here: TraceContext | undefined;
  await new Search(() => (here = traceContext())).search();
  await new Search(() => (here = traceContext())).search();
  expect(here).toEqual({ tool: 'search' });
});

describe('pino', () => {
  test('has the fields on each line, whatever it is called with', async () => {
    const { lines, stream } = sink();
    const logger = withTraceContext(pino({ base: null, timestamp: false }, stream));
    const fields = await inTool(() => {
      logger.info('hello %s', 'world');
      logger.warn({ page: 1 }, 'with fields');
      logger.error(new TypeError('boom'));
    });
    expect(lines).toEqual([
      { level: 30, ...fields, msg: 'hello world' },
      { level: 40, ...fields, page: 1, msg: 'with fields' },
      { level: 50, ...fields, err: expect.objectContaining({ type: 'TypeError' }) as object, msg: 'boom' },
    ]);
  });

  test('outside of a tool its lines are what they were', () => {
    const { lines, stream } = sink();
    withTraceContext(pino({ base: null, timestamp: false }, stream)).info('hello');
    expect(lines).toEqual([{ level: 30, msg: 'hello' }]);
  });

  test('children inherit it, levels of one’s own too, and its level can be set', async () => {
    const { lines, stream } = sink();
    const logger = withTraceContext(pino({ base: null, timestamp: false, customLevels: { loud: 35 } }, stream));
    const child = logger.child({ module: 'a' });
    logger.level = 'debug';
    const fields = await inTool(() => {
      child.info('from the child');
      logger.loud('of its own');
      logger.debug('shown now');
      logger.trace('not shown');
    });
    expect(lines).toEqual([
      { level: 30, module: 'a', ...fields, msg: 'from the child' },
      { level: 35, ...fields, msg: 'of its own' },
      { level: 20, ...fields, msg: 'shown now' },
    ]);
    expect(logger.bindings()).toEqual({});
  });

  test('or mixes it in by itself', async () => {
    const { lines, stream } = sink();
    const logger = pino({ base: null, timestamp: false, mixin: traceContext }, stream);
    const fields = await inTool(() => logger.info('mixed'));
    expect(lines).toEqual([{ level: 30, ...fields, msg: 'mixed' }]);
  });
});

test('winston has the fields on each line', async () => {
  const { lines, stream } = sink();
  const logger = withTraceContext(createLogger({ level: 'debug', format: format.json(), transports: [new transports.Stream({ stream })] }));
  const fields = await inTool(() => {
    logger.info('hello', { page: 1 });
    logger.log('warn', 'by level');
    logger.log({ level: 'error', message: 'as one object' });
    logger.silly('not shown');
    logger.child({ module: 'a' }).debug('from the child');
  });
  expect(lines).toEqual([
    { level: 'info', message: 'hello', page: 1, ...fields },
    { level: 'warn', message: 'by level', ...fields },
    { level: 'error', message: 'as one object', ...fields },
    { level: 'debug', message: 'from the child', module: 'a', ...fields },
  ]);
  logger.info('outside');
  expect(lines.at(-1)).toEqual({ level: 'info', message: 'outside' });
});

test('console has them behind its lines', async () => {
  const lines: unknown[][] = [];
  const other = {
    log: (...args: unknown[]) => void lines.push(args),
    error: (...args: unknown[]) => void lines.push(args),
    table: jest.fn(),
  };
  const logger = withTraceContext(other as unknown as Console);
  const { trace_id, span_id } = await inTool(() => {
    logger.log('hello', 'world');
    logger.log('%s of 100%, at %s', 'done', 'last');
    logger.error(1);
    logger.table([1]);
  });
  logger.log('outside');
  const text = `trace_id=${trace_id} span_id=${span_id} tool=search`;
  expect(lines).toEqual([['hello', 'world', text], ['%s %s', 'done of 100%, at last', text], [1, text], ['outside']]);
  expect(other.table).toHaveBeenCalledWith([1]);
});
