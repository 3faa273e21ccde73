// The program `toolspan`.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcedServiceName } from './bootstrap/resource.js';
import { systemClock } from './core/clock.js';
import { runCommand, type Asked } from './doctor/command.js';
import { installedAt } from './doctor/installed.js';
import { systemNetwork } from './doctor/network.js';
import { spanSender } from './doctor/send.js';
import type { Surroundings } from './doctor/surroundings.js';

const { env, argv, stdout, stderr } = process;
const cwd = process.cwd();

function surroundings({ sends, timeoutMs }: Asked): Surroundings {
  const serviceName = sourcedServiceName(env, undefined, join(cwd, 'main.js')).value;
  return {
    env,
    cwd,
    node: process.version,
    userId: process.geteuid?.(),
    clock: systemClock,
    installed: installedAt(cwd),
    network: systemNetwork,
    sendSpan: spanSender({ env, clock: systemClock, serviceName }),
    readFile: (path) => readFileSync(path, 'utf8'),
    exists: existsSync,
    sends,
    timeoutMs,
  };
}

// Who reads only the first lines hangs up.
stdout.on('error', () => process.exit());

const isColoured = stdout.isTTY && !env['NO_COLOR'];
void runCommand(argv.slice(2), { isColoured, surroundings }).then((outcome) => {
  stderr.write(outcome.stderr);
  // An exporter may wait for what the report no longer waits for.
  stdout.write(outcome.stdout, () => process.exit(outcome.status));
});
