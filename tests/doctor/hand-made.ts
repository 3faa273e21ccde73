import { createTestClock } from '../../src/testing/test-clock.js';
import type { Installed, Package } from '../../src/doctor/installed.js';
import type { Network } from '../../src/doctor/network.js';
import type { Check } from '../../src/doctor/report.js';
import type { Sending } from '../../src/doctor/send.js';
import type { Surroundings } from '../../src/doctor/surroundings.js';

/** An error with a code, as Node throws them. */
export function failure(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

/** A package as it would lie on the disk. */
export function packageOf(name: string, version: string, more: Partial<Package> = {}): Package {
  return { name, version, folder: `/app/node_modules/${name}`, peerDependencies: {}, engines: {}, ...more };
}

const OWN = packageOf('toolspan', '0.1.0', {
  engines: { node: '>=20.19' },
  peerDependencies: {
    '@opentelemetry/api': '>=1.9 <2',
    '@opentelemetry/exporter-trace-otlp-grpc': '>=0.200 <0.400',
    '@opentelemetry/sdk-node': '>=0.200 <0.400',
    'prom-client': '^15',
  },
});

export const PEERS = [
  packageOf('@opentelemetry/api', '1.9.1'),
  packageOf('@opentelemetry/sdk-node', '0.223.0', { peerDependencies: { '@opentelemetry/api': '>=1.3.0 <1.10.0' } }),
  packageOf('@opentelemetry/exporter-trace-otlp-grpc', '0.223.1'),
  packageOf('prom-client', '15.1.3'),
];

/** What is installed: one copy of each, for toolspan and the application alike, unless said otherwise. */
export function installed(packages: readonly Package[] = PEERS, others: Partial<Installed> = {}): Installed {
  const find = (name: string): Package | undefined => [OWN, ...packages].find((one) => one.name === name);
  return { own: () => OWN, byToolspan: find, byApplication: find, copies: () => [], ...others };
}

/** A network where everything works. */
export const goodNetwork: Network = {
  lookup: () => Promise.resolve(['127.0.0.1']),
  connect: () => Promise.resolve(),
  handshake: () => Promise.resolve({ refused: undefined, names: 'DNS:collector', validTo: 'Jan 1 2030', speaks: 'HTTP/2' }),
  spoken: () => Promise.resolve('HTTP/2'),
  listen: () => Promise.resolve(),
  get: () => Promise.reject(failure('ECONNREFUSED')),
};

/** Surroundings where everything is fine, but for what is given. */
export function surroundings({
  network,
  ...given
}: Partial<Omit<Surroundings, 'network'>> & { network?: Partial<Network> } = {}): Surroundings {
  return {
    env: {},
    cwd: '/app',
    node: 'v20.20.2',
    userId: 1_000,
    clock: createTestClock(),
    installed: installed(),
    network: { ...goodNetwork, ...network },
    sendSpan: () => Promise.resolve<Sending>({ ms: 12.3, remarks: [] }),
    readFile: (path) => {
      throw failure('ENOENT', `ENOENT: no such file or directory, open '${path}'`);
    },
    exists: () => false,
    sends: true,
    timeoutMs: 1_000,
    ...given,
  };
}

/** The check with this id. Throws where there is none. */
export function found(checks: readonly Check[], id: string): Check {
  const one = checks.find((candidate) => candidate.id === id);
  if (!one) throw new Error(`there is no ${id} among ${checks.map((candidate) => candidate.id).join(', ')}`);
  return one;
}
