import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../packaging/packed';

/** The files that are delivered. */
export const SAMPLE = join(ROOT, 'samples', 'production');
/** The sample app as `npm run samples` builds it. */
export const APP = join(ROOT, '.build', 'samples', 'production', 'app', 'main.js');

export function textOf(file: string): string {
  return readFileSync(join(SAMPLE, file), 'utf8');
}

/** A file of YAML; merge keys (`<<`) are understood, as compose understands them. */
export function yamlOf<T>(file: string): T {
  return parse(textOf(file), { merge: true, maxAliasCount: -1 }) as T;
}

/** All documents of a file of YAML. */
export function documentsOf<T>(file: string): T[] {
  return parseAllDocuments(textOf(file)).map((document) => document.toJS() as T);
}
