import type { CircuitReading } from '../core/telemetry.js';
import type { AnyClass, Card } from '../metadata/card.js';
import type { Circuit } from '../policies/circuit.js';
import { enterAsyncGenerator, enterGenerator } from './enter-stream.js';
import { enterValue } from './enter-value.js';
import { entranceOf, type Enter, type Entrance } from './entry.js';
import { isGivenUp, isLearning, learn } from './following.js';
import { claimName } from './names.js';
import { createState, type PolicyState } from './parts.js';
import { resolveTool, type ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';
import type { Shape } from './shape.js';

/** A decorated function bound to one class of receivers: its name, its state, and the row its calls walk through. */
export class ToolBinding {
  readonly epoch = runtime.epoch;
  readonly #tool: ResolvedTool;
  readonly #state: PolicyState;
  readonly #shape: Shape;
  /** Kept here, since the list of circuits does not keep it alive. */
  readonly reading: CircuitReading | undefined;
  /** The generation that the row was laid in. */
  generation = 0;
  enter: Enter;

  constructor(card: Card, receiver: AnyClass | undefined, shape: Shape) {
    this.#tool = resolveTool(card, receiver);
    this.#state = createState(this.#tool, runtime);
    this.#shape = shape;
    claimName(this.#tool);
    this.reading = this.#state.circuit && readingOf(this.#tool, this.#state.circuit);
    if (this.reading) runtime.circuits.add(this.reading);
    learn();
    this.enter = this.layRow();
  }

  /** Folds the policies and the present observer into one function. */
  layRow(): Enter {
    this.generation = runtime.generation;
    const enter = enterBy(this.#shape, entranceOf(this.#tool, this.#state));
    this.enter = isLearning() ? (self, args, fn) => (isGivenUp() ? this.layRow() : enter)(self, args, fn) : enter;
    return this.enter;
  }
}

function enterBy(shape: Shape, entrance: Entrance): Enter {
  if (shape === 'async generator') return enterAsyncGenerator(entrance);
  return shape === 'generator' ? enterGenerator(entrance) : enterValue(entrance, shape);
}

function readingOf({ name }: ResolvedTool, circuit: Circuit): CircuitReading {
  return {
    tool: name,
    get state() {
      return circuit.state;
    },
  };
}
