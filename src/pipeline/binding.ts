import type { Observer } from '../core/call.js';
import type { PolicyEvent } from '../core/events.js';
import type { AnyClass, Card } from '../metadata/card.js';
import { chainOf } from './order.js';
import { enterAsyncGenerator, enterGenerator } from './enter-stream.js';
import { enterValue } from './enter-value.js';
import { entranceOf, type Enter, type Entrance } from './entry.js';
import { withFallbackMethod } from './fallback-method.js';
import { isGivenUp, isLearning, learn } from './following.js';
import { claimName } from './names.js';
import { resolveTool, type ResolvedTool } from './resolve.js';
import { runtime, type ToolReading } from './runtime.js';
import { answerWith, type Shape } from './shape.js';
import { createState, type PolicyState } from './state.js';
import { warnOfUnworkable } from './unworkable.js';

/** A decorated function bound to one class of receivers: its name, its state, and the row its calls walk through. */
export class ToolBinding {
  readonly epoch = runtime.epoch;
  readonly #card: Card;
  readonly #receiver: AnyClass | undefined;
  readonly #shape: Shape;
  #tool: ResolvedTool;
  #state: PolicyState;
  #configured = runtime.configured;
  #observer!: Observer;
  /** Kept here, since the list of readings does not keep it alive. */
  readonly reading: ToolReading;
  /** The generation that the row was laid in. */
  generation = 0;
  enter: Enter;

  constructor(card: Card, receiver: AnyClass | undefined, shape: Shape) {
    this.#card = card;
    this.#receiver = receiver;
    this.#shape = shape;
    this.#tool = resolveTool(card, receiver);
    this.#state = createState(this.#tool, runtime);
    claimName(this.#tool);
    warnOfUnworkable(this.#tool);
    this.reading = readingOf(
      this.#tool,
      () => this.#state,
      (event) => this.report(event),
    );
    runtime.readings.add(this.reading);
    learn();
    this.enter = this.layRow();
  }

  get tool(): ResolvedTool {
    return this.#tool;
  }

  get state(): PolicyState {
    return this.#state;
  }

  /** Tells telemetry what happened outside of a call. */
  report(event: PolicyEvent): void {
    this.#observer.report(undefined, event);
  }

  /** Folds the policies and the present observer into one function. */
  layRow(): Enter {
    if (this.#configured !== runtime.configured) this.#resolveAgain();
    this.generation = runtime.generation;
    const entrance = entranceOf(this.#tool, this.#state);
    runtime.explain?.(storyOf(this.#tool, entrance));
    this.#observer = entrance.observer;
    const shape = this.#shape;
    const enter = withFallbackMethod(this.#tool, enterBy(shape, entrance), (error) => answerWith(error, shape));
    this.enter = isLearning() ? (self, args, fn) => (isGivenUp() ? this.layRow() : enter)(self, args, fn) : enter;
    return this.enter;
  }

  /** The policies may be others now; what stayed the same keeps its state. */
  #resolveAgain(): void {
    this.#tool = resolveTool(this.#card, this.#receiver);
    this.#state = createState(this.#tool, runtime, this.#state);
    this.#configured = runtime.configured;
    warnOfUnworkable(this.#tool);
  }
}

function enterBy(shape: Shape, entrance: Entrance): Enter {
  if (shape === 'async generator') return enterAsyncGenerator(entrance);
  return shape === 'generator' ? enterGenerator(entrance) : enterValue(entrance, shape);
}

function readingOf({ name }: ResolvedTool, state: () => PolicyState, report: (event: PolicyEvent) => void): ToolReading {
  return {
    tool: name,
    report,
    get circuit() {
      return state().circuit;
    },
    get circuitState() {
      return state().circuit?.state;
    },
    get bulkheadQueue() {
      return state().bulkhead?.places.queued;
    },
  };
}

/** What will become of the tool's calls. */
function storyOf({ name, namespace, policies }: ResolvedTool, { isObserved, isLimitedGlobally }: Entrance): string {
  const chain = [...(isLimitedGlobally ? ['the limit of all tools'] : []), ...chainOf(policies).map((policy) => policy.name), 'the method'];
  return `tool "${name}" (${namespace}): ${chain.join(' > ')}; ${isObserved ? 'watched by telemetry' : 'no telemetry'}`;
}
