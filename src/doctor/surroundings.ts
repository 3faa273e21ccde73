import type { Environment } from '../bootstrap/environment.js';
import type { Clock } from '../core/clock.js';
import type { Installed } from './installed.js';
import type { Network } from './network.js';
import type { SendSpan } from './send.js';

/** Everything that the doctor looks at, handed in. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  /** Version of Node, with its `v`. */
  readonly node: string;
  /** The effective user, 0 for root; `undefined` where there are none. */
  readonly userId: number | undefined;
  readonly clock: Clock;
  readonly installed: Installed;
  readonly network: Network;
  readonly sendSpan: SendSpan;
  /** A file's content. @throws where it cannot be read */
  readFile(path: string): string;
  exists(path: string): boolean;
  /** Whether anything is to be sent. */
  readonly sends: boolean;
  /** Milliseconds for everything that waits. */
  readonly timeoutMs: number;
}

/** Whether this is a container: what listens on its loopback cannot be reached from outside. */
export function isContained({ env, exists }: Pick<Surroundings, 'env' | 'exists'>): boolean {
  return Boolean(env['KUBERNETES_SERVICE_HOST']) || exists('/.dockerenv') || exists('/run/.containerenv');
}

/** Whether a host is this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(host);
}
