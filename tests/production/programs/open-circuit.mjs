// An application whose one tool fails five times, and is not called any more. Told to, it lets an hour pass, then calls the tool again.
import { once } from 'node:events';
import { report } from '../../integration/programs/report.mjs';

let ahead = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + ahead;

const { setupObservability, tool } = await import('toolspan');
const { metricsPort } = await setupObservability({ metricsPort: 0, enableTracing: false });

let isDown = true;
const fetchPage = tool({ name: 'fetch', namespace: 'web', circuitBreaker: {} }, async () => {
  if (isDown) throw new Error('down');
});

report('port', metricsPort);
await once(process.stdin, 'data');
for (let failed = 0; failed < 5; failed += 1) await fetchPage().catch(() => undefined);
const refused = await fetchPage().catch(({ code }) => code);
report('opened', refused);

await once(process.stdin, 'data');
ahead = 3_600_000;
report('hour later');

await once(process.stdin, 'data');
isDown = false;
await fetchPage();
await fetchPage();
report('closed');
await once(process.stdin, 'data');
