import { tool } from 'toolspan';
import type { FetchTool } from './fetch-tool.js';
import type { ReadabilityTool } from './readability-tool.js';
import type { SearchTool } from './search-tool.js';

/** The tools that research is made of, and where the files are served. */
export interface Toolbox {
  readonly search: SearchTool;
  readonly fetch: FetchTool;
  readonly readability: ReadabilityTool;
  readonly baseUrl: string;
}

/** What came of a question. */
export interface Answer {
  readonly question: string;
  readonly path: string;
  readonly line: number;
  /** The line that was found, as the server gave it. */
  readonly quote: string;
  readonly ease: number;
}

/** A tool made of tools, from a plain function: theirs are the spans below its own. */
export function createResearch({ search, fetch, readability, baseUrl }: Toolbox): (question: string) => Promise<Answer | undefined> {
  return tool(
    { name: 'research', namespace: 'agent', description: 'Answers a question from the folder' },
    async function research(question: string): Promise<Answer | undefined> {
      const [best] = await search.search(question);
      if (!best) return undefined;
      const page = await fetch.fetch(pageUrl(baseUrl, best.path));
      const { ease } = await readability.execute(page.text);
      return { question, path: best.path, line: best.line, quote: (page.text.split('\n')[best.line - 1] ?? '').trim(), ease };
    },
  );
}

/** The URL of one of the folder's files. */
export function pageUrl(baseUrl: string, path: string): string {
  return `${baseUrl}/${path.split('/').map(encodeURIComponent).join('/')}`;
}
