import { Call, isThenable, silentObserver, type AnyFunction, type Next, type Observer, type ToolIdentity } from '../core/call.js';
import { ConfigurationError } from '../core/errors.js';
import type { CircuitReading } from '../core/telemetry.js';
import type { AnyClass, Card } from '../metadata/card.js';
import type { Circuit } from '../policies/circuit.js';
import { ROW } from './order.js';
import { createState, type PolicyState } from './parts.js';
import { factsOf, resolveTool, type ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';
import { watched } from './watched.js';

/** Takes one call of the user's. */
export type Enter = (self: unknown, args: unknown[]) => unknown;

/** A decorated function bound to one class of receivers: its name, its state, and the row its calls walk through. */
export class ToolBinding {
  readonly epoch = runtime.epoch;
  readonly #tool: ResolvedTool;
  readonly #state: PolicyState;
  /** Kept here, since the list of circuits does not keep it alive. */
  readonly reading: CircuitReading | undefined;
  /** The generation that the row was laid in. */
  generation = 0;
  enter: Enter;

  constructor(card: Card, receiver: AnyClass | undefined) {
    this.#tool = resolveTool(card, receiver);
    this.#state = createState(this.#tool, runtime);
    claimName(this.#tool);
    this.reading = this.#state.circuit && readingOf(this.#tool, this.#state.circuit);
    if (this.reading) runtime.circuits.add(this.reading);
    this.enter = this.layRow();
  }

  /** Folds the policies and the present observer into one function. */
  layRow(): Enter {
    this.generation = runtime.generation;
    this.enter = enterRow(this.#tool, this.#state);
    return this.enter;
  }
}

function readingOf({ name }: ResolvedTool, circuit: Circuit): CircuitReading {
  return {
    tool: name,
    get state() {
      return circuit.state;
    },
  };
}

function enterRow(tool: ResolvedTool, state: PolicyState): Enter {
  const { fn } = tool.card;
  const { telemetry, globalLimit } = runtime;
  const hasPolicies = Object.values(tool.policies).some((policy) => policy !== undefined);
  if (!telemetry && !globalLimit && !hasPolicies) return (self, args) => Reflect.apply(fn as Method, self, args);

  const observer = telemetry?.observe(factsOf(tool, globalLimit !== undefined)) ?? silentObserver;
  const last = hasPolicies ? runPromising(tool) : run(fn);
  const stages = ROW.map((stage) => stage({ ...state, globalLimit, observer })).filter((stage) => stage !== undefined);
  const inner = stages.reduceRight<Next>((next, stage) => stage(next), last);
  const row = telemetry ? watched(observer.call)(inner) : inner;
  const rejects = hasPolicies || isAsync(fn);
  return rejects ? enterAsync(tool, observer, row) : (self, args) => row(new Call(tool, self, args, observer));
}

/** The call's answer is a promise in any case, a refusal included. */
function enterAsync(tool: ToolIdentity, observer: Observer, row: Next): Enter {
  return (self, args) => {
    try {
      return row(new Call(tool, self, args, observer));
    } catch (error) {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the tool threw, untouched
      return Promise.reject(error);
    }
  };
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function run(fn: AnyFunction): Next {
  return (call) => Reflect.apply(fn as Method, call.self, call.args);
}

/** A policy takes time, so the method must be one that does. */
function runPromising(tool: ResolvedTool): Next {
  const { fn, place } = tool.card;
  return (call) => {
    const result = Reflect.apply(fn as Method, call.self, call.args);
    if (isThenable(result)) return result;
    const subject = { tool: tool.name, namespace: tool.namespace };
    throw new ConfigurationError(
      `tool "${tool.name}" (${place}) has a policy but returned no promise: make the method async, or take the policy away (@Tool alone leaves it synchronous)`,
      subject,
    );
  };
}

const AsyncFunction = (async () => Promise.resolve()).constructor;

function isAsync(fn: AnyFunction): boolean {
  return fn instanceof AsyncFunction;
}

/** Metrics are merged by name; that this was meant is asked once. */
function claimName({ card, name, namespace }: ResolvedTool): void {
  const key = JSON.stringify([namespace, name]);
  const holder = runtime.names.get(key)?.deref();
  if (!holder) runtime.names.set(key, new WeakRef(card));
  else if (holder !== card) {
    runtime.once.warn(
      `name ${key}`,
      `two tools are called "${name}" in namespace "${namespace}": ${holder.place} and ${card.place}. Their state is apart, their metrics are merged; give one of them another name or namespace`,
    );
  }
}
