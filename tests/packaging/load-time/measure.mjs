// Runs the programs in turn, round after round, so that what disturbs the machine disturbs all of them.
import { spawnSync } from 'node:child_process';

const WARM_UP = 2;
const ENV = { ...process.env, NODE_OPTIONS: '', LC_ALL: 'C', OTEL_EXPORTER_PROMETHEUS_PORT: '0' };

/** Milliseconds of each program from start to end of its process, and those in which it held a processor, over the empty program's. */
export function measure(programs, rounds) {
  const runs = programs.map(() => []);
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (let turn = 0; turn < programs.length; turn += 1) {
      const index = (turn + Math.max(round, 0)) % programs.length;
      const times = run(programs[index].file);
      if (round >= 0) runs[index].push(times);
    }
  }
  return programs.map(({ name, format }, index) => {
    const isEmpty = name === '(empty)';
    const empty = isEmpty ? undefined : runs[programs.findIndex((program) => program.name === '(empty)' && program.format === format)];
    return { name, format, isEmpty, elapsed: spread(runs[index], empty, 'elapsed'), cpu: spread(runs[index], empty, 'cpu') };
  });
}

/** Each round against the empty program of that round: a machine that is busy for a while slows both. */
function spread(runs, empty, what) {
  const over = runs.map((times, round) => times[what] - (empty?.[round][what] ?? 0)).sort((a, b) => a - b);
  return { median: quantile(over, 0.5), from: quantile(over, 0.25), to: quantile(over, 0.75) };
}

/** A shell knows what its children have cost. */
function run(file) {
  const { status, stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$0" "$1"', process.execPath, file], {
    env: ENV,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const [elapsed, user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  if (status !== 0 || !Number.isFinite(system)) throw new Error(`${file} ended with ${status}:\n${stderr}`);
  return { elapsed: elapsed * 1_000, cpu: (user + system) * 1_000 };
}

function quantile(sorted, share) {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}
