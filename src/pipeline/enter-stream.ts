import { Call, type Next } from '../core/call.js';
import { placeOf } from '../metadata/card.js';
import { restOf, restOfSync, step, stepSync } from '../streams/generators.js';
import { StreamRecord } from '../streams/stream-record.js';
import { direct, notPromising, run } from './enter-value.js';
import type { Enter, Entrance } from './entry.js';
import { cachedStreamError } from './shape.js';

/** What the row gives for a stream: the policies are over with its first result. */
interface Begun<Iterator> {
  readonly iterator: Iterator;
  readonly first: IteratorResult<unknown, unknown>;
  /** The attempt that gave it. */
  readonly call: Call;
}

/** An async generator: nothing happens, and nothing is counted, before somebody asks for the first chunk. */
export function enterAsyncGenerator(entrance: Entrance): Enter {
  const { tool, observer, isPlain, isFollowed, lay } = entrance;
  const { name, namespace, policies, card } = tool;
  if (policies.cached) return refuse(() => cachedStreamError(name, namespace, placeOf(card)));
  if (isPlain && !isFollowed) return direct;
  const row = lay(begin);
  return (self, args, fn) => asyncStream(new Call(tool, fn, self, args, observer), row, entrance, observer.call.place());
}

/** A generator: the same, without policies, for it cannot wait. */
export function enterGenerator(entrance: Entrance): Enter {
  const { tool, observer, hasPolicies, isPlain, isFollowed, lay } = entrance;
  if (hasPolicies) return refuse(() => notPromising(tool));
  if (isPlain && !isFollowed) return direct;
  const row = lay(beginSync);
  return (self, args, fn) => stream(new Call(tool, fn, self, args, observer), row, entrance, observer.call.place());
}

// Generators of the language's own: they bring the queue of steps and the early ends that a hand-made iterator would lack.

async function* asyncStream(call: Call, row: Next, { streams }: Entrance, place: unknown): AsyncGenerator<unknown, unknown> {
  const record = new StreamRecord(streams.watch.open(call, place), streams);
  let iterator!: AsyncGenerator<unknown, unknown>;
  const first = await step(record, async (opened) => {
    const begun = (await row(opened)) as Begun<AsyncGenerator<unknown, unknown>>;
    iterator = begun.iterator;
    record.cameFrom(begun.call);
    return begun.first;
  });
  return yield* restOf(iterator, first, record);
}

function* stream(call: Call, row: Next, { streams }: Entrance, place: unknown): Generator<unknown, unknown> {
  const record = new StreamRecord(streams.watch.open(call, place), streams);
  let iterator!: Generator<unknown, unknown>;
  const first = stepSync(record, (opened) => {
    const begun = row(opened) as Begun<Generator<unknown, unknown>>;
    iterator = begun.iterator;
    return begun.first;
  });
  return yield* restOfSync(iterator, first, record);
}

async function begin(call: Call): Promise<Begun<AsyncGenerator<unknown, unknown>>> {
  const iterator = run(call) as AsyncGenerator<unknown, unknown>;
  return { iterator, first: await iterator.next(), call };
}

function beginSync(call: Call): Begun<Generator<unknown, unknown>> {
  const iterator = run(call) as Generator<unknown, unknown>;
  return { iterator, first: iterator.next(), call };
}

function refuse(error: () => Error): Enter {
  return () => {
    throw error();
  };
}
