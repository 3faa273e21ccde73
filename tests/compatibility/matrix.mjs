// What we promise to work with, as data. Versions are exact, so that a run tells of our changes and not of the registry's.

// Each is the newest of its line that was published for all platforms; npm sometimes has a version before its parts.
const OTEL_2 = {
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/sdk-node': '0.223.0',
  '@opentelemetry/exporter-trace-otlp-grpc': '0.223.1',
  'prom-client': '15.1.3',
};

const OTEL_3 = {
  '@opentelemetry/api': '1.10.0',
  '@opentelemetry/sdk-node': '0.301.0',
  '@opentelemetry/exporter-trace-otlp-grpc': '0.301.0',
  'prom-client': '15.1.3',
};

// The oldest that the ranges in our package.json let in.
const OLDEST_PEERS = {
  '@opentelemetry/api': '1.9.0',
  '@opentelemetry/sdk-node': '0.200.0',
  '@opentelemetry/exporter-trace-otlp-grpc': '0.200.0',
  'prom-client': '15.0.0',
};

/** Here the programs run: compiled by this TypeScript, on this Node, with these peers. CI runs those with `isEnd`. */
export const RUNTIMES = [
  { name: 'node20-oldest', node: '20.19.0', typescript: '5.5.4', peers: OLDEST_PEERS },
  { name: 'node20-otel2', node: '20.20.2', typescript: '5.5.4', peers: OTEL_2, isEnd: true },
  { name: 'node22-otel2', node: '22.23.3', typescript: '5.9.3', peers: OTEL_2 },
  { name: 'node22-otel3', node: '22.15.0', typescript: '5.9.3', peers: OTEL_3 },
  { name: 'node24-otel3', node: '24.21.0', typescript: '6.0.3', peers: OTEL_3, isEnd: true },
  { name: 'node26-otel3', node: '26.10.0', typescript: '7.0.2', peers: OTEL_3 },
];

/** Here our types are compiled, nothing runs. */
export const TYPESCRIPTS = [
  { name: 'types-5.5', typescript: '5.5.4' },
  { name: 'types-5.6', typescript: '5.6.3' },
  { name: 'types-5.9', typescript: '5.9.3' },
  { name: 'types-6.0', typescript: '6.0.3' },
  { name: 'types-7.0', typescript: '7.0.2' },
];

/** What stands beside the library where its types are compiled. */
export const TYPE_PEERS = [
  { name: 'without-peers', peers: {} },
  { name: 'otel2', peers: OTEL_2 },
  { name: 'otel3', peers: OTEL_3 },
];

/** How a consumer's tsconfig.json may have decorators. */
export const DECORATORS = {
  legacy: { experimentalDecorators: true, emitDecoratorMetadata: true },
  standard: { experimentalDecorators: false },
};

/** How a consumer's files may be loaded: by the `type` of its package.json. */
export const FORMATS = { esm: 'module', cjs: 'commonjs' };

/** Node's types for the programs: the oldest that we support. */
export const NODE_TYPES = { '@types/node': '20.19.43' };
