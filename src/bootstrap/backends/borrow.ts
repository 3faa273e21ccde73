import type { Complain } from '../environment.js';
import { missingTogether, type Loaded } from '../packages/load.js';

/** Takes what an optional package gives, or takes down what goes without it. */
export type Borrow = <Module>(loaded: Loaded<Module>, without: string) => Module | undefined;

/** Several packages that one set-up may lack: said in one sentence, so that one command cures it. */
export class Borrowed {
  readonly #problems: string[] = [];
  readonly #without: string[] = [];

  readonly borrow: Borrow = ({ module, problem }, without) => {
    if (problem === undefined) return module;
    this.#problems.push(problem);
    this.#without.push(without);
    return undefined;
  };

  /** @param wanted all that may be missing, in the order in which to name them */
  complain(title: string, wanted: readonly string[], complain: Complain): void {
    if (this.#problems.length === 0) return;
    const missing = this.#problems.map((problem) => /^(\S+) is not installed;/.exec(problem)?.[1]);
    const together = missing.includes(undefined) ? undefined : missingTogether(wanted.filter((id) => missing.includes(id)));
    complain(`${title}: ${together ?? this.#problems.join('. ')}. Without it ${this.#without.join('; ')}`, 'package');
  }
}
