import { createHash } from 'node:crypto';
import { Cached, Tool } from 'toolspan';

/** How a text reads. */
export interface Readability {
  readonly words: number;
  readonly sentences: number;
  /** Flesch reading ease: 100 is very easy, 0 very hard; code and lists leave the scale. */
  readonly ease: number;
  /** How many of the words are different ones, from 0 to 1. */
  readonly variety: number;
}

/** Computes how a text reads. A class without decorated methods: its `execute` is the tool. */
@Tool({ name: 'readability', namespace: 'text', description: 'Reading ease and statistics of a text' })
@Cached({ ttl: '10m', key: (text: string) => createHash('sha256').update(text).digest('base64') })
export class ReadabilityTool {
  async execute(text: string): Promise<Readability> {
    const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
    const sentences = Math.max(1, text.match(/[.!?;:}]+(?=\s|$)/g)?.length ?? 0);
    const syllables = words.reduce((sum, word) => sum + countSyllables(word), 0);
    const wordCount = Math.max(1, words.length);
    return {
      words: words.length,
      sentences,
      // R. Flesch, "A new readability yardstick", 1948.
      ease: 206.835 - 1.015 * (wordCount / sentences) - 84.6 * (syllables / wordCount),
      variety: new Set(words).size / wordCount,
    };
  }
}

/** Groups of vowels, without a silent e at the end. */
function countSyllables(word: string): number {
  const groups = word.match(/[aeiouyäöüéèà]+/g)?.length ?? 0;
  return Math.max(1, /[^aeiouyl]e$/.test(word) ? groups - 1 : groups);
}
