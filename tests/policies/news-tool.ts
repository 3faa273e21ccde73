import { tool, type FunctionToolOptions } from 'toolspan';

/** A cached tool called `news` that gives the number of its run, until the test has it fail or wait. */
export function newsTool(cached: FunctionToolOptions['cached'], others: FunctionToolOptions = {}) {
  const state: { runs: number; error?: unknown; gate?: Promise<unknown> } = { runs: 0 };
  const read = tool({ name: 'news', cached, ...others }, async (_topic?: string, signal?: AbortSignal) => {
    const run = ++state.runs;
    await state.gate;
    signal?.throwIfAborted();
    if (state.error !== undefined) throw state.error;
    return `run ${run}`;
  });
  /** Has runs wait until the function returned is called. */
  const hold = (): (() => void) => {
    let go!: () => void;
    state.gate = new Promise<void>((resolve) => (go = resolve));
    return go;
  };
  return { read, state, hold };
}
