import type { PromClient } from '../../telemetry/exposition.js';
import { load, type Loaded } from './load.js';
import { requirePackage } from './require.cjs';

/** prom-client, without which nothing is served. */
export function loadPromClient(): Loaded<PromClient> {
  return load('prom-client', (id) => requirePackage(id) as PromClient);
}
