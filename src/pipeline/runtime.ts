import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call, ToolIdentity } from '../core/call.js';
import type { PolicyEvent } from '../core/events.js';
import { systemClock, type Clock, type Random } from '../core/clock.js';
import { stderrLogger, warn, type Explain, type Logger } from '../core/logger.js';
import { Once } from '../core/once.js';
import type { StateReading, Telemetry } from '../core/telemetry.js';
import { WeakList } from '../core/weak-list.js';
import type { AnyClass, Card, Parts } from '../metadata/card.js';
import type { StreamRecord } from '../streams/stream-record.js';
import type { Circuit } from '../policies/circuit/circuit.js';
import { Gcra, type Rate } from '../policies/rate-limit/gcra.js';
import { Shared } from './shared.js';
import { VERSION } from '../version.js';

/** Whether calls are carried along, and by what. */
export interface Following {
  isOn: boolean;
  /** Whether anybody ever asked. */
  isAsked: boolean;
  /** Whether code was traced by hand yet. */
  isTracedByHand: boolean;
  /** Calls without a question after which they are carried no longer. */
  callsLeft: number;
  /** What runs synchronously, where calls are not carried along: a call, or only its tool; see running.ts. */
  running: Call | ToolIdentity | undefined;
  runningArgs: readonly unknown[];
  /** Told when what runs gives way to what ran before. */
  onReturn: (() => void) | undefined;
  carrier: Carrier;
}

/** An `AsyncLocalStorage` of calls, written out: our types must compile without Node's. */
export interface Carrier {
  run<Result, Args extends unknown[]>(call: Call, fn: (...args: Args) => Result, ...args: Args): Result;
  enterWith(call: Call | undefined): void;
  getStore(): Call | undefined;
  disable(): void;
}

/** From a kind of receivers to the binding that serves it; the pipeline knows what that is. */
export type FindBinding = (kind: object) => object;

/** A `WeakRef`, written out: our types must compile for targets before 2021. */
export interface Weak<T> {
  deref(): T | undefined;
}

/** The state of a tool, and a way to tell telemetry what became of it outside of a call. */
export interface ToolReading extends StateReading {
  readonly circuit: Circuit | undefined;
  report(event: PolicyEvent): void;
}

/** The state of this process: one, however many copies of the package are loaded. */
export interface Runtime {
  /** Shape of this object; a copy of the package that expects another one must not touch it. */
  readonly layout: typeof LAYOUT;
  /** Of the copy that made it. */
  readonly version: string;
  /** Grows whenever rows must be laid again: telemetry came or went, the global limit changed. */
  generation: number;
  /** Grows whenever the state of tools is forgotten. */
  epoch: number;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Told what is done, and why; absent unless somebody wants to follow it. */
  explain?: Explain | undefined;
  telemetry: Telemetry | undefined;
  globalRate: Rate | undefined;
  globalLimit: Gcra | undefined;
  /** Grows whenever policies must be worked out again. */
  configured: number;
  /** What `@Use` finds, by name. */
  readonly policies: Map<string, Parts>;
  /** Fills in what tools leave open of the policies that they have. */
  defaults: Parts;
  /** What tools share by a name. */
  readonly shared: Shared;
  /** Every decorated function so far. */
  readonly cards: WeakList<Card>;
  /** Every class that decorators wrote defaults on. */
  readonly classes: WeakList<AnyClass>;
  /** The state of tools that were called. */
  readings: WeakList<ToolReading>;
  /** Finds the binding of a tool for one kind of receivers, for who wants to look at its state. */
  readonly bindings: WeakMap<Card, FindBinding>;
  /** Who bears a name, by namespace and name. */
  readonly names: Map<string, Weak<Card>>;
  readonly once: Once;
  /** What `currentCall()` needs; see following.ts. */
  readonly following: Following;
  /** Streams that tools gave and that are not over. */
  readonly openStreams: Set<StreamRecord>;
  /** Called by `resetTools()`, for counts that live elsewhere. */
  readonly onReset: Set<() => void>;
  /** What set-up keeps between its calls; nobody else looks at it. */
  observability: unknown;
}

const LAYOUT = 1;
const KEY = Symbol.for('toolspan.v1');

/** The one runtime of this process. */
export const runtime: Runtime = sharedRuntime(globalThis);

/** The runtime that hangs on `home`, made if there is none. One that we cannot read is left alone: then we work apart from it. */
export function sharedRuntime(home: object): Runtime {
  const found = (home as { [KEY]?: Runtime })[KEY];
  if (found?.layout === LAYOUT) return found;
  const made = createRuntime();
  if (found === undefined) Object.defineProperty(home, KEY, { value: made, configurable: true, writable: true });
  else
    warn(
      made.logger,
      `toolspan ${found.version} is loaded as well, which toolspan ${VERSION} cannot share its state with: circuits, caches and metrics are apart; have one version installed (npm ls toolspan; npm dedupe)`,
    );
  return made;
}

function createRuntime(): Runtime {
  const made: Runtime = {
    layout: LAYOUT,
    version: VERSION,
    generation: 1,
    epoch: 1,
    clock: systemClock,
    random: Math.random,
    logger: stderrLogger,
    telemetry: undefined,
    globalRate: undefined,
    globalLimit: undefined,
    configured: 1,
    policies: new Map(),
    defaults: {},
    shared: new Shared(
      () => made.clock,
      (key, message) => made.once.warn(key, message),
    ),
    cards: new WeakList(),
    classes: new WeakList(),
    readings: new WeakList(),
    bindings: new WeakMap(),
    names: new Map(),
    once: new Once(() => made.logger),
    following: {
      isOn: false,
      isAsked: false,
      isTracedByHand: false,
      callsLeft: 0,
      running: undefined,
      runningArgs: [],
      onReturn: undefined,
      carrier: new AsyncLocalStorage<Call | undefined>(),
    },
    openStreams: new Set(),
    onReset: new Set(),
    observability: undefined,
  };
  return made;
}

/** Rows are laid again before each tool's next call; caches, circuits and limiters stay. */
export function layRowsAgain(): void {
  runtime.generation += 1;
}

/** Switches telemetry on, off, or to another one. */
export function setTelemetry(telemetry: Telemetry | undefined): void {
  runtime.telemetry = telemetry;
  layRowsAgain();
}

/** Forgets caches, circuits, limiters and counts, as if no tool had been called yet. For tests. */
export function resetTools(): void {
  runtime.epoch += 1;
  runtime.globalLimit = runtime.globalRate && new Gcra(runtime.globalRate);
  runtime.readings = new WeakList();
  runtime.shared.forget();
  runtime.names.clear();
  runtime.once.forget();
  for (const reset of runtime.onReset) reset();
  layRowsAgain();
}
