import type { TextFile } from './folder.js';
import type { Readability } from './readability-tool.js';
import { pageUrl, type Toolbox } from './research.js';
import type { SearchIndex } from './search-index.js';
import type { Job } from './workload.js';

const QUESTIONS = 30;
/** How often each question comes. */
export const TIMES_ASKED = 3;
const READS = 70;

/** Questions about a folder, from the words that tell its files apart. */
export function questionsAbout(files: readonly TextFile[], index: SearchIndex): string[] {
  const questions = new Set<string>();
  for (let round = 0; round < QUESTIONS && questions.size < QUESTIONS; round += 1) {
    const stride = Math.max(1, Math.floor(files.length / QUESTIONS));
    for (let at = 0; at < files.length && questions.size < QUESTIONS; at += stride) {
      const words = index.keywords(files[at]!.path).slice(2 * round, 2 * round + 2);
      if (words.length > 0) questions.add(words.join(' '));
    }
  }
  return [...questions];
}

/** What the jobs are made from. */
export interface Plan {
  readonly toolbox: Toolbox;
  readonly files: readonly TextFile[];
  readonly questions: readonly string[];
  readonly urls: readonly string[];
  readonly ask: (question: string) => Promise<unknown>;
  /** Told how a page of `urls` reads. */
  readonly onPage: (url: string, readability: Readability) => void;
}

/** Every question a few times over, and between them files that are read anew, whatever a cache says; pages of others come last. */
export function plan({ toolbox, files, questions, urls, ask, onPage }: Plan): Job[] {
  const read = async (url: string): Promise<Readability> => {
    const { text } = await toolbox.fetch.fetch(url, { fresh: true });
    return toolbox.readability.execute(text);
  };
  const asks = Array.from({ length: questions.length * TIMES_ASKED }, (_, at) => () => ask(questions[at % questions.length]!));
  const reads = Array.from({ length: READS }, (_, at) => () => read(pageUrl(toolbox.baseUrl, files[at % files.length]!.path)));
  return [...mixed(asks, reads), ...urls.map((url) => async () => onPage(url, await read(url)))];
}

/** Two lists as one, each spread evenly over the whole. */
function mixed<T>(one: readonly T[], other: readonly T[]): T[] {
  const placed = [one, other].flatMap((list) => list.map((item, at) => ({ item, place: (at + 0.5) / list.length })));
  return placed.sort((first, second) => first.place - second.place).map(({ item }) => item);
}
