import { tool, type FunctionToolOptions, type ToolRefusedError } from 'toolspan';
import { outcome } from '../support/observed.js';

let made = 0;

type Options = Partial<FunctionToolOptions> & { readonly cached?: undefined };

/** A tool that does at once what its argument says. */
export function acting(options: Options) {
  const given = { name: 'act', namespace: `truth ${(made += 1)}`, ...options } as FunctionToolOptions & { cached?: undefined };
  return tool(given, async (price: number | Error) => {
    if (price instanceof Error) throw price;
    return price;
  });
}

/** A tool whose runs last until the test ends them. */
export function lasting(options: Options) {
  const ends: (() => void)[] = [];
  const given = { name: 'last', namespace: `truth ${(made += 1)}`, ...options } as FunctionToolOptions & { cached?: undefined };
  const call = tool(given, async () => new Promise<void>((resolve) => void ends.push(resolve)));
  return { call, ends };
}

/** What it was refused with: the message, and the data. */
export async function refused(promise: Promise<unknown>): Promise<{ message: string; data: unknown }> {
  const error = (await outcome(promise)) as ToolRefusedError;
  return { message: error.message, data: JSON.parse(JSON.stringify(error)) };
}

/** What tools fail with. */
export const down = new Error('down');
