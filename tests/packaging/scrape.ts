import { eventually } from '../support/eventually';
import type { ChildProgram } from '../support/child-program';

/** The metrics that a program serves on this port; waits until it does. */
export async function scrape(program: ChildProgram, port: number): Promise<string> {
  return eventually(
    'metrics are served',
    async () => {
      if (program.ending) throw new Error(`the program ended without serving metrics:\n${program.stderr}`);
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
        return answer.ok ? await answer.text() : undefined;
      } catch {
        return undefined; // nobody listens yet
      }
    },
    40_000,
  );
}
