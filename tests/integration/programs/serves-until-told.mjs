// Serves metrics until the test says a line, and then has nothing left to do, or shuts down first.
import { once } from 'node:events';
import { setupObservability } from 'toolspan';
import { given, report } from './report.mjs';

const { metricsPort, shutdown } = await setupObservability({ enableTracing: false, metricsPort: 0 });
report('port', metricsPort);
await once(process.stdin, 'data');
process.stdin.destroy();
if (given.shutsDown) await shutdown();
report('done');
