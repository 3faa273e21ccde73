import { spawnSync } from 'node:child_process';
import { orderOf, type Measured, type Round } from '../contest.js';

const PACKAGES = { ours: 'toolspan', rival: 'cockatiel' } as const;
const STARTS = 12;

/** A process that imports us and ends, against one that imports cockatiel; by the clock on the wall. */
export function importing(): Promise<Measured> {
  const rounds: Round[] = [];
  for (let start = -1; start < STARTS; start++) {
    const times = { ours: 0, rival: 0 };
    for (const side of orderOf(start)) times[side] = timeOf(`import '${PACKAGES[side]}'`);
    if (start >= 0) rounds.push(times); // the first one fills the caches of the disk
  }
  return Promise.resolve({ rounds, calls: { ours: STARTS, rival: STARTS } });
}

/** Nanoseconds that a process with this program takes. */
function timeOf(program: string): number {
  const startedAt = process.hrtime.bigint();
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
  const time = Number(process.hrtime.bigint() - startedAt);
  if (status !== 0) throw new Error(`"${program}" ended with status ${String(status)}`);
  return time;
}
