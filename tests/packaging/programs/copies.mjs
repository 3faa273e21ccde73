// Four copies of the package in one process: as an ES module, as CommonJS, CommonJS again after a test runner has forgotten all
// modules, and one that an application has bundled.
import { createRequire } from 'node:module';
import * as esm from 'toolspan';
import { given, report } from './report.mjs';

const require = createRequire(import.meta.url);
const cjs = require('toolspan');
const testing = require('toolspan/testing');
for (const file of Object.keys(require.cache)) delete require.cache[file];
const again = require('toolspan');
const bundled = require(given.bundled);
const copies = [esm, cjs, again, bundled];

report('copies', new Set(copies.map(({ Tool }) => Tool)).size);

// A method that each copy has decorated.
class Web {
  runs = 0;
  async fetch(what) {
    this.runs += 1;
    if (this.runs === 1) throw new Error('down');
    return `${what} ${this.runs}`;
  }
}
const decorators = [
  esm.Tool({ namespace: 'web' }),
  cjs.Cached('5m'),
  again.Retry({ maxRetries: 1, baseDelay: 0 }),
  bundled.CircuitBreaker({ failureThreshold: 3 }),
  esm.RateLimited({ limit: 10, per: '1h' }),
];
for (const decorator of decorators.reverse()) {
  const made = decorator(Web.prototype, 'fetch', Object.getOwnPropertyDescriptor(Web.prototype, 'fetch'));
  if (made) Object.defineProperty(Web.prototype, 'fetch', made);
}
const web = new Web();
report('results', [await web.fetch('page'), await web.fetch('page'), web.runs]);
report(
  'descriptions',
  copies.map(({ describeTool }) => {
    const { namespace, name, policies } = describeTool(web, 'fetch');
    return [`${namespace}.${name}`, ...policies.map((policy) => policy.name)];
  }),
);
report(
  'lists',
  copies.map(({ listTools }) => listTools().map(({ namespace, name }) => `${namespace}.${name}`)),
);

// An error of each copy, as each copy sees it.
const errors = copies.map(({ Retry }) => {
  try {
    Retry(-1)(Web.prototype, 'fetch', Object.getOwnPropertyDescriptor(Web.prototype, 'fetch'));
  } catch (error) {
    return error;
  }
});
report(
  'recognised',
  errors.map((error) =>
    copies.map(
      ({ ConfigurationError, ToolError, ToolRefusedError }) =>
        error instanceof ConfigurationError && error instanceof ToolError && !(error instanceof ToolRefusedError),
    ),
  ),
);

// The call of each copy's tool, as each copy sees it.
const asked = copies.map(({ tool }, index) => tool({ name: `asks-${index}` }, () => copies.map(({ currentCall }) => currentCall()?.tool)));
report(
  'calls',
  asked.map((ask) => ask()),
);

// A tool of each copy, in a test that uses the testing entry of one.
const tools = copies.map(({ tool }, index) => tool({ name: `of-copy-${index}` }, async () => index));
const seen = testing.createTestObservability();
for (const tool of tools) await tool();
report('tree', seen.tree().split('\n'));
seen.dispose();

// Set up by one copy, used by all, shut down by another.
await esm.setupObservability({ metricsPort: 0 });
for (const tool of tools) await tool();
report('on', [
  copies.map((copy) => copy.isTracingEnabled() && copy.isMetricsEnabled()),
  new Set(copies.map((copy) => copy.getMetrics().registry)).size,
]);
const { body } = await bundled.getMetrics().text();
report('counted', body.match(/^tool_executions_total\{tool="of-copy-\d",namespace="default",status="success"\} 1$/gm)?.length);
await bundled.shutdownObservability();
report(
  'off',
  copies.map((copy) => !copy.isTracingEnabled() && !copy.isMetricsEnabled()),
);
