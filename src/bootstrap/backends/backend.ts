import { read, type Complain, type Environment } from '../environment.js';

/** Backends that need more than an endpoint: AWS X-Ray and Google Cloud. */
export type Backend = 'xray' | 'gcp';

/** Their names. */
export const BACKENDS: readonly Backend[] = ['xray', 'gcp'];

/** The backend that the program asks for, else `TOOLSPAN_BACKEND`. */
export function resolveBackend(env: Environment, asked: Backend | undefined, complain: Complain): Backend | undefined {
  const named = read(env, 'TOOLSPAN_BACKEND');
  if (asked !== undefined || named === undefined) return asked;
  const backend = BACKENDS.find((name) => name === named);
  if (!backend) complain(`TOOLSPAN_BACKEND=${named} is not known, and not used; known are ${BACKENDS.join(', ')}`);
  return backend;
}
