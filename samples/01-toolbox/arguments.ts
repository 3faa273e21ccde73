import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  /** The folder to search, absolute. */
  readonly dir: string;
  /** Pages to read besides the folder's files. */
  readonly urls: readonly string[];
  /** Whether the metrics are served until Ctrl-C. */
  readonly keep: boolean;
  readonly help: boolean;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

/** What `--help` prints. */
export const HELP = `Usage: npm start -- [options]

Runs a toolbox of four tools on the text files of a folder, against an HTTP server that fails now and then, and shows what
the decorators made of it: a few traces, and a table read from the toolbox's own /metrics.

Options:
  --dir PATH   the folder to search (default: the current one)
  --url URL    one more page to fetch, over the network; may be given several times
  --keep       go on serving the metrics until Ctrl-C
  --help       show this

Environment:
  OTEL_EXPORTER_OTLP_ENDPOINT     send the traces there, http://localhost:4317 for one
  OTEL_TRACES_EXPORTER            as OpenTelemetry knows it; console prints every trace
  OTEL_EXPORTER_PROMETHEUS_PORT   port of /metrics (default: any free one)
  NO_COLOR                        no colours
`;

/** Reads the command line. @throws UsageError */
export function readArguments(argv: readonly string[]): Arguments {
  const { dir, url, keep, help } = parse(argv);
  if (!help) checkFolder(dir);
  for (const page of url) checkUrl(page);
  return { dir: resolve(dir), urls: url, keep, help };
}

function parse(argv: readonly string[]): { dir: string; url: string[]; keep: boolean; help: boolean } {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        dir: { type: 'string', default: '.' },
        url: { type: 'string', multiple: true, default: [] },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function checkFolder(dir: string): void {
  const found = statSync(dir, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`--dir ${dir}: there is no such folder`);
  if (!found.isDirectory()) throw new UsageError(`--dir ${dir}: this is a file, not a folder`);
}

function checkUrl(url: string): void {
  const isWeb = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
  if (!isWeb) throw new UsageError(`--url ${url}: this is not an http or https URL`);
}
