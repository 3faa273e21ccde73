// Reports what gets loaded, step by step. The inspector sees every file that is parsed, whoever asked for it.
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { given, report } from './report.mjs';

const session = new Session();
session.connect();
let files = [];
session.on('Debugger.scriptParsed', ({ params }) => files.push(params.url));
session.post('Debugger.enable');
let builtins = new Set(process.moduleLoadList);

function step(name) {
  const packages = files.map((url) => /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(url)?.[1]).filter(Boolean);
  const loaded = process.moduleLoadList.filter((entry) => !builtins.has(entry) && /^NativeModule (?!internal\/)/.test(entry));
  report(name, { packages: [...new Set(packages)].sort(), builtins: loaded.map((entry) => entry.slice('NativeModule '.length)) });
  files = [];
  builtins = new Set(process.moduleLoadList);
}

step('before');
const load = given.format === 'cjs' ? createRequire(import.meta.url) : (name) => import(name);
const toolspan = await load('toolspan');
step('import');

const { CircuitBreaker, Cached, RateLimited, Retry, Tool } = toolspan;
class Web {
  fetch(what) {
    return what === 'fails' ? Promise.reject(new Error('down')) : Promise.resolve(what);
  }
}
const decorators = [
  Tool({ namespace: 'web', description: 'fetches a page' }),
  Cached('5m'),
  RateLimited({ limit: 10, per: '1s' }),
  Retry(1),
  CircuitBreaker(),
];
for (const decorator of decorators) {
  const made = decorator(Web.prototype, 'fetch', Object.getOwnPropertyDescriptor(Web.prototype, 'fetch'));
  if (made) Object.defineProperty(Web.prototype, 'fetch', made);
}
toolspan.configureTools({ rateLimit: { limit: 100, per: '1s' } });
report('called', [
  await new Web().fetch('page'),
  await new Web().fetch('page'),
  await toolspan.tool({ name: 'plain' }, (what) => what)('plain'),
  toolspan.traceToolExecution('by-hand', () => 'by hand'),
  toolspan.describeTool(Web, 'fetch').policies.length,
  toolspan.isTracingEnabled() || toolspan.isMetricsEnabled() || toolspan.getMetrics() !== undefined,
]);
step('calls');

await load('toolspan/testing');
step('testing');

await toolspan.setupObservability({ metricsPort: 0 });
step('set-up');
