// Makes more spans in one tick than the queue holds, and tells how many of them were dropped.
import { getMetrics, setupObservability, tool } from 'toolspan';
import { given, report } from './report.mjs';

const { forceFlush } = await setupObservability();
const work = tool({ name: 'work' }, () => undefined);
for (let made = 0; made < given.spans; made += 1) work();
await forceFlush();

const { body } = await getMetrics().text();
report('dropped', Number(/^tool_telemetry_errors_total\{kind="dropped_span"\} (\d+)$/m.exec(body)[1]));
