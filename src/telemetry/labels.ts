/** Labels of a series, or a part of them, as an object and as the text formats have them. */
export interface Labels {
  readonly values: Readonly<Record<string, string>>;
  /** As they stand first between the braces. */
  readonly text: string;
  /** As they stand behind others. */
  readonly after: string;
}

/** Writes labels down once for all the lines that bear them. */
export function labels(values: Readonly<Record<string, string>>): Labels {
  const text = Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
  return { values, text, after: text && `,${text}` };
}

/** None. */
export const NO_LABELS = labels({});

const SPECIAL = /[\\\n"]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' };

function escaped(value: string): string {
  return String(value).replace(SPECIAL, (character) => ESCAPES[character]!);
}
