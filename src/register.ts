// Set-up from the environment alone: `import 'toolspan/register'`, or `node --import toolspan/register app.js`.
import { setupObservability } from './bootstrap/setup.js';

void setupObservability({ enableMetrics: process.env['OTEL_METRICS_EXPORTER']?.trim() !== 'none' });
