import type { TextFile } from './folder.js';

/** A file that a search found. */
export interface Hit {
  readonly path: string;
  /** The first line, from 1, that has one of the words. */
  readonly line: number;
  readonly score: number;
}

// Okapi BM25 with its usual constants (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).
const K1 = 1.2;
const B = 0.75;

interface Document extends TextFile {
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/** A full-text index: for each word the files that have it, ranked by BM25. */
export class SearchIndex {
  readonly #documents: Document[];
  readonly #postings = new Map<string, Document[]>();
  readonly #meanLength: number;

  constructor(files: readonly TextFile[]) {
    this.#documents = files.map(toDocument);
    this.#meanLength = this.#documents.reduce((sum, { length }) => sum + length, 0) / Math.max(1, this.#documents.length);
    for (const document of this.#documents) {
      for (const word of document.counts.keys()) {
        const posting = this.#postings.get(word);
        if (posting) posting.push(document);
        else this.#postings.set(word, [document]);
      }
    }
  }

  /** How many different words there are. */
  get size(): number {
    return this.#postings.size;
  }

  /** The files that answer a query best, best first. */
  search(query: string, limit: number): Hit[] {
    const scores = new Map<Document, number>();
    const words = new Set(wordsOf(query));
    for (const word of words) {
      for (const document of this.#postings.get(word) ?? []) {
        scores.set(document, (scores.get(document) ?? 0) + this.#weight(word, document));
      }
    }
    const ranked = [...scores].sort(([one, a], [other, b]) => b - a || (one.path < other.path ? -1 : 1)).slice(0, limit);
    return ranked.map(([{ path, text }, score]) => ({ path, line: firstLine(text, words), score }));
  }

  /** The words that tell a file from the others, most telling first. */
  keywords(path: string): string[] {
    const document = this.#documents.find((candidate) => candidate.path === path);
    if (!document) return [];
    const telling = [...document.counts.keys()].filter((word) => /^\p{L}{4,}$/u.test(word));
    return telling
      .map((word) => [word, this.#weight(word, document)] as const)
      .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1))
      .map(([word]) => word);
  }

  #weight(word: string, { counts, length }: Document): number {
    const having = this.#postings.get(word)?.length ?? 0;
    const rarity = Math.log(1 + (this.#documents.length - having + 0.5) / (having + 0.5));
    const count = counts.get(word) ?? 0;
    return (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * length) / this.#meanLength));
  }
}

/** The words of a text in lower case; `resetTimeout` is two, and so is `URLPath`. */
export function wordsOf(text: string): string[] {
  const parted = text.replace(/(\p{Ll})(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1$3 $2');
  return parted.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [];
}

function toDocument(file: TextFile): Document {
  const words = wordsOf(file.text);
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { ...file, counts, length: words.length };
}

function firstLine(text: string, words: ReadonlySet<string>): number {
  return text.split('\n').findIndex((line) => wordsOf(line).some((word) => words.has(word))) + 1;
}
