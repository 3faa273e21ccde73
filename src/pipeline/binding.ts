import { Call, isThenable, silentObserver, type AnyFunction, type Next, type Observer, type ToolIdentity } from '../core/call.js';
import { ConfigurationError, RateLimitError } from '../core/errors.js';
import type { CircuitReading } from '../core/telemetry.js';
import type { AnyClass, Card } from '../metadata/card.js';
import type { Circuit } from '../policies/circuit.js';
import { claimName } from './names.js';
import { ROW } from './order.js';
import { createState, type PolicyState, type RowParts } from './parts.js';
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
  if (!(telemetry ?? globalLimit) && !hasPolicies) return (self, args) => Reflect.apply(fn as Method, self, args);

  const observer = telemetry ? telemetry.observe(factsOf(tool, globalLimit !== undefined)) : silentObserver;
  const inner = layStages({ ...state, globalLimit, observer }, hasPolicies ? runPromising(tool) : run(fn));
  const row = telemetry ? watched(observer.call)(inner) : inner;
  if (hasPolicies || fn instanceof AsyncFunction) return enterAsync(tool, observer, row);
  return globalLimit ? enterLimited(tool, observer, row) : (self, args) => row(new Call(tool, self, args, observer));
}

/** The policies that the tool has, in their order, around what runs it. */
function layStages(parts: RowParts, last: Next): Next {
  const stages = ROW.map((stage) => stage(parts)).filter((stage) => stage !== undefined);
  return stages.reduceRight((next, stage) => stage(next), last);
}

/** Only a global limit: a refusal is thrown as the tool answers, which is known after its first call. */
function enterLimited(tool: ToolIdentity, observer: Observer, row: Next): Enter {
  let isPromising = false;
  return (self, args) => {
    try {
      const result = row(new Call(tool, self, args, observer));
      isPromising = isThenable(result);
      return result;
    } catch (error) {
      if (isPromising && error instanceof RateLimitError) return Promise.reject(error);
      throw error;
    }
  };
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
