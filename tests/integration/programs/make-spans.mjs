// Calls a tool a number of times in one tick, and then ends, or stays, or is ended, as the test gives it.
import { setTimeout as sleep } from 'node:timers/promises';
import { setupObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

const { spans = 1, options = {}, exitCode, pauseMs, stays, ownHandler, slowCallMs, exitsWith, rounds = 0 } = given;
const EVENTS = ['SIGTERM', 'SIGINT', 'beforeExit', 'exit'];
const listeners = () => EVENTS.map((event) => process.listenerCount(event));

const before = listeners();
await setupObservability({ enableMetrics: false, ...options });
report('listeners', { before, after: listeners() });
if (ownHandler) process[ownHandler]('SIGTERM', () => report('handled'));

const work = tool({ name: 'work' }, () => undefined);
const slow = tool({ name: 'slow' }, () => sleep(slowCallMs));
for (let made = 0; made < spans; made += 1) work();

const roundsMs = [];
for (let round = 0; round < rounds; round += 1) {
  const startedAt = performance.now();
  for (let made = 0; made < 100; made += 1) work();
  roundsMs.push(performance.now() - startedAt);
  await sleep(20);
}
report('rounds', roundsMs);

if (stays) setInterval(() => undefined, 1_000);
if (slowCallMs) void slow();
if (pauseMs) await sleep(pauseMs);
if (exitCode !== undefined) process.exitCode = exitCode;
report('done');
if (exitsWith !== undefined) process.exit(exitsWith);
