import { VERSION } from '../version.js';
import { examine } from './doctor.js';
import type { Surroundings } from './surroundings.js';
import { textOf } from './text.js';

const HELP = `toolspan ${VERSION}: decorators that put tools into production

Usage: toolspan doctor [options]

  doctor           says what set-up would use in this folder and environment, connects to the trace endpoint, sends a test span,
                   looks at the metrics port, and says what is wrong and how to cure it

  --json           one JSON document: { ok, toolspan, node, checks: [{ id, section, status, title, value, source, detail, cure }] }
  --no-send        connects to nothing, sends nothing (also: --offline)
  --timeout <ms>   for everything that waits; default 5000
  --help           this text
  --version        the version

Exit status: 0 no problems (there may be warnings), 1 problems, 2 wrong usage.
`;

/** What the command line asks for. */
export interface Asked {
  readonly isJson: boolean;
  readonly sends: boolean;
  readonly timeoutMs: number;
}

/** How a command ended, and what it has to say. */
export interface Outcome {
  readonly status: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/** What comes from outside of a command. */
export interface CommandDeps {
  readonly isColoured: boolean;
  readonly surroundings: (asked: Asked) => Surroundings;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const LONGEST_TIMEOUT_MS = 600_000;

/** Runs `toolspan` with these arguments. */
export async function runCommand(words: readonly string[], { isColoured, surroundings }: CommandDeps): Promise<Outcome> {
  const asked = askedBy(words);
  if ('status' in asked) return asked;
  const report = await examine(surroundings(asked));
  const text = asked.isJson ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report, isColoured);
  return { status: report.ok ? 0 : 1, stdout: text, stderr: '' };
}

function said(stdout: string): Outcome {
  return { status: 0, stdout, stderr: '' };
}

function wrong(what: string): Outcome {
  return { status: 2, stdout: '', stderr: `toolspan: ${what}\n\n${HELP}` };
}

/** What is asked for, or the end of it. */
function askedBy(words: readonly string[]): Asked | Outcome {
  if (words.length === 0 || words.includes('--help') || words.includes('-h')) return said(HELP);
  if (words.includes('--version') || words.includes('-v')) return said(`${VERSION}\n`);
  const [command, ...options] = words;
  if (command === 'doctor') return optionsOf(options);
  return wrong(command!.startsWith('-') ? 'no command is given' : `there is no command ${command!}`);
}

function optionsOf(options: readonly string[]): Asked | Outcome {
  let [isJson, sends, timeoutMs] = [false, true, DEFAULT_TIMEOUT_MS];
  const rest = [...options];
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === '--json') isJson = true;
    else if (option === '--no-send' || option === '--offline') sends = false;
    else if (option === '--timeout' || option.startsWith('--timeout=')) {
      const value = option === '--timeout' ? rest.shift() : option.slice('--timeout='.length);
      timeoutMs = Number(value);
      if (!isTimeout(value, timeoutMs)) {
        return wrong(`--timeout ${value ?? ''}: it must be a whole number of milliseconds from 1 to ${LONGEST_TIMEOUT_MS}`);
      }
    } else return wrong(`there is no option ${option}`);
  }
  return { isJson, sends, timeoutMs };
}

function isTimeout(value: string | undefined, timeoutMs: number): boolean {
  return value?.trim() !== '' && Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= LONGEST_TIMEOUT_MS;
}
