import { Begun } from '../core/begun.js';
import { Call, type Run } from '../core/call.js';
import { placeOf } from '../metadata/card.js';
import { restOf, restOfSync, step, stepSync } from '../streams/generators.js';
import { ABANDONED, StreamRecord, type StreamDeps } from '../streams/stream-record.js';
import { direct, notPromising, run } from './enter-value.js';
import type { Enter, Entrance } from './entry.js';
import { cachedStreamError } from './shape.js';

/** An async generator: nothing happens, and nothing is counted, before somebody asks for the first chunk. */
export function enterAsyncGenerator(entrance: Entrance): Enter {
  const { tool, isPlain, isFollowed, lay } = entrance;
  if (tool.policies.cached) return refuse(() => cachedStreamError(tool.name, tool.namespace, placeOf(tool.card)));
  if (isPlain && !isFollowed) return direct;
  return enterBy(entrance, lay(begin, true), asyncStream);
}

/** A generator: the same, without policies, for it cannot wait. */
export function enterGenerator(entrance: Entrance): Enter {
  const { tool, hasPolicies, isPlain, isFollowed, lay } = entrance;
  if (hasPolicies) return refuse(() => notPromising(tool, 'async *'));
  if (isPlain && !isFollowed) return direct;
  return enterBy(entrance, lay(beginSync, false), stream);
}

/** One call that gives a stream, from the call to the first chunk asked for. */
class Source {
  #record: StreamRecord | undefined;

  constructor(
    readonly row: Run,
    private readonly call: Call,
    private readonly place: unknown,
    private readonly streams: StreamDeps,
  ) {}

  /** Somebody asks: the call begins. */
  open(): StreamRecord {
    return (this.#record = new StreamRecord(this.streams.watch.open(this.call, this.place), this.streams));
  }

  /** Nobody has the generator any more. */
  drop(): void {
    this.#record?.end(ABANDONED);
  }
}

const dropped = new FinalizationRegistry<Source>((source) => source.drop());

function enterBy({ tool, observer, streams, isObserved }: Entrance, row: Run, make: (source: Source) => object): Enter {
  // A reader may take any time it likes between two chunks; one that leaves without a word lets go of the generator.
  const generated: StreamDeps = { ...streams, idleTimeout: tool.streamIdleTimeout ?? Infinity };
  return (self, args, fn) => {
    const source = new Source(row, new Call(tool, fn, self, args, observer), observer.call.place(), generated);
    const generator = make(source);
    if (isObserved || tool.policies.bulkhead || tool.policies.timeout || tool.policies.hedge) dropped.register(generator, source);
    return generator;
  };
}

// Generators of the language's own: they bring the queue of steps and the early ends that a hand-made iterator would lack.

async function* asyncStream(source: Source): AsyncGenerator<unknown, unknown> {
  const record = source.open();
  let iterator!: AsyncGenerator<unknown, unknown>;
  const first = await step(record, async (opened) => {
    const given = await source.row(opened);
    const begun = given instanceof Begun ? (given as Begun<AsyncGenerator<unknown, unknown>>) : await beginGiven(given, opened);
    iterator = begun.iterator;
    follow(begun, record);
    return begun.first;
  });
  return yield* restOf(iterator, first, record);
}

function* stream(source: Source): Generator<unknown, unknown> {
  const record = source.open();
  let iterator!: Generator<unknown, unknown>;
  const first = stepSync(record, (opened) => {
    const begun = source.row(opened) as Begun<Generator<unknown, unknown>>;
    iterator = begun.iterator;
    return begun.first;
  });
  return yield* restOfSync(iterator, first, record);
}

async function begin(call: Call): Promise<Begun<AsyncGenerator<unknown, unknown>>> {
  const iterator = run(call) as AsyncGenerator<unknown, unknown>;
  const first = await iterator.next();
  call.cancellation?.keep();
  return new Begun(iterator, first, call);
}

/** What a fallback gave in the place of a stream. */
async function beginGiven(given: unknown, call: Call): Promise<Begun<AsyncGenerator<unknown, unknown>>> {
  const iterator = chunksOf(given);
  return new Begun(iterator, await iterator.next(), call);
}

/** What can be iterated gives its chunks, but for a text; anything else is the only chunk. */
async function* chunksOf(given: unknown): AsyncGenerator<unknown, unknown> {
  const isIterable = typeof given === 'object' && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given);
  if (isIterable) return yield* given as AsyncIterable<unknown, unknown>;
  yield given;
  return undefined;
}

/** What lasts as long as the stream is told of its end. */
function follow(begun: Begun, record: StreamRecord): void {
  record.cameFrom(begun.call);
  record.onEnd = () => {
    begun.call.cancellation?.end();
    begun.end();
  };
}

function beginSync(call: Call): Begun<Generator<unknown, unknown>> {
  const iterator = run(call) as Generator<unknown, unknown>;
  return new Begun(iterator, iterator.next(), call);
}

function refuse(error: () => Error): Enter {
  return () => {
    throw error();
  };
}
