import { nextTurn } from '../core/turns.js';
import { METRICS, type MetricName } from './catalogue.js';
import { readFaults, readGroup, TOOL_METRICS, type Counts, type Emit, type Scrape, type Suffix } from './families.js';
import { labels } from './labels.js';
import { SlabText, type SlabPool } from './slabs.js';
import type { Exemplar } from './tally.js';
import { statesInTurns } from './tool-states.js';

// A metrics library makes objects of all samples before it writes the first, all in one go: with thousands of tools that holds every call
// up. Here the lines of one tool after the other are put together, and calls have their turn in between.

/** The two text formats. */
export type Format = 'text' | 'openmetrics';

/** What is asked for. */
export interface RenderRequest {
  readonly format: Format;
  /** Which of our metrics, in their order. */
  readonly metrics: readonly MetricName[];
  /** Labels that every series gets which has none of that name. */
  readonly defaultLabels: Readonly<Record<string, string>>;
  readonly pool: SlabPool;
}

// About a millisecond's worth.
const SAMPLES_PER_TURN = 1_500;

/** Renders our metrics, each of them a text that ends with a line feed. The samples of one tool are of one moment. */
export async function renderInTurns({ tallies, faults, readings }: Counts, request: RenderRequest): Promise<SlabText[]> {
  const progress: Progress = { samples: 0 };
  const blocks = new Map(request.metrics.map((name) => [name, new Block(name, request, progress)]));
  const states = await statesInTurns(readings(), (tool) => tallies.shownAs(tool));
  const scrape: Scrape = { bounds: tallies.bounds, states: () => states };
  for (const group of tallies.groups()) {
    for (const name of TOOL_METRICS) {
      const block = blocks.get(name);
      if (block) readGroup(name, group, block.emit, scrape);
    }
    if (progress.samples < SAMPLES_PER_TURN) continue;
    progress.samples = 0;
    for (const block of blocks.values()) block.cut();
    await nextTurn();
  }
  const ofFaults = blocks.get('tool_telemetry_errors_total');
  if (ofFaults) readFaults(faults, ofFaults.emit);
  return Array.from(blocks.values(), (block) => block.cut());
}

interface Progress {
  samples: number;
}

/** All lines of one metric. */
class Block {
  readonly #text: SlabText;
  /** In pieces: to join them once is cheaper than to add one to the other again and again. */
  readonly #pieces: (string | number)[] = [];

  /** Writes the line of one sample. */
  readonly emit: Emit;

  constructor(name: MetricName, { format, defaultLabels, pool }: RenderRequest, progress: Progress) {
    this.#text = new SlabText(pool);
    const { type, help } = METRICS[name];
    const isOpenMetrics = format === 'openmetrics';
    const family = isOpenMetrics && type === 'counter' ? name.replace(/_total$/, '') : name;
    this.#pieces.push(`# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`);
    const heads = { '': `${name}{`, _bucket: `${name}_bucket{`, _sum: `${name}_sum{`, _count: `${name}_count{` };
    const tail = `${missing(defaultLabels, name)}} `;
    this.emit = (whose, what, value, suffix: Suffix | '' = '', exemplar) => {
      progress.samples += 1;
      const end = exemplar && isOpenMetrics ? exemplarText(exemplar) : '\n';
      this.#pieces.push(heads[suffix], whose.text, what.after, tail, value, end);
    };
  }

  /** Puts away what was written so far; returns all that was put away. */
  cut(): SlabText {
    this.#text.add(this.#pieces.join(''));
    this.#pieces.length = 0;
    return this.#text;
  }
}

/** The default labels that a metric has no labels of its own for. */
function missing(defaultLabels: Readonly<Record<string, string>>, name: MetricName): string {
  const { labels: own, type } = METRICS[name];
  const names: readonly string[] = type === 'histogram' ? [...own, 'le'] : own;
  return labels(Object.fromEntries(Object.entries(defaultLabels).filter(([label]) => !names.includes(label)))).after;
}

function exemplarText({ traceId, spanId, value, timestamp }: Exemplar): string {
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${value} ${timestamp}\n`;
}
