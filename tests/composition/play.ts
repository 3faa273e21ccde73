import { tool, type FunctionPolicies } from 'toolspan';
import { observed } from '../support/observed.js';

/** What one run of the tool does. */
type Script = (clock: { setTimer(callback: () => void, milliseconds: number): unknown }) => Promise<string>;

/** Gives a result at once. */
export const gives = (result: string): Script => {
  return () => Promise.resolve(result);
};

/** Fails at once. */
export const fails = (message: string): Script => {
  return () => Promise.reject(new Error(message));
};

/** Gives a result after so many milliseconds. */
export const givesAfter = (milliseconds: number, result: string): Script => {
  return async (clock) => {
    await new Promise<void>((resolve) => void clock.setTimer(resolve, milliseconds));
    return result;
  };
};

/** Fails after so many milliseconds. */
export const failsAfter = (milliseconds: number, message: string): Script => {
  return async (clock) => {
    await givesAfter(milliseconds, '')(clock);
    throw new Error(message);
  };
};

/** What the calls of a tool came to, all sides of it together. */
export interface Played {
  /** What each call gave, or the error it ended with. */
  readonly outcomes: readonly string[];
  /** How often the user's function ran. */
  readonly runs: number;
  /** Calls counted as successes and as errors. */
  readonly executions: readonly [success: number | undefined, error: number | undefined];
  readonly tree: readonly string[];
}

export type Play = (policies: FunctionPolicies, scripts: readonly Script[], calls?: readonly Call[]) => Promise<Played>;

/** One call, or several at a time. */
type Call = string | readonly string[];

/** Calls a tool with these policies: its runs follow the scripts, one after the other, the last one for ever. */
export function stage(): Play {
  const it = observed();
  return async (policies, scripts, calls = ['a']) => {
    let runs = 0;
    const act = tool({ name: 'act', ...policies }, (_key: string) => {
      runs += 1;
      return scripts[Math.min(runs, scripts.length) - 1]!(it.clock);
    });
    const outcomes: string[] = [];
    const settle = async (key: string): Promise<string> => act(key).catch((error: unknown) => String(error));
    for (const call of calls) outcomes.push(...(await Promise.all([call].flat().map(settle))));
    const count = (status: string): number | undefined => it.seen.metric('tool_executions_total', { tool: 'act', status });
    return { outcomes, runs, executions: [count('success'), count('error')], tree: it.seen.tree().split('\n') };
  };
}
