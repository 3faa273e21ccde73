import { readList, type Complain, type Environment } from '../environment.js';
import { loadComposite, loadPropagator, PROPAGATOR_NAMES } from '../packages/backends.js';
import type { Backend } from './backend.js';
import type { Borrow } from './borrow.js';

// X-Ray last: of two parents in one request that one counts which AWS's own services have put there.
const XRAY_DEFAULT = ['tracecontext', 'baggage', 'xray'];

/**
 * The propagators for X-Ray: where `OTEL_PROPAGATORS` names it, which the SDK does not know, and where the backend is X-Ray and the
 * variable names none. `undefined` leaves it to the SDK.
 */
export function propagatorFor(env: Environment, backend: Backend | undefined, borrow: Borrow, complain: Complain): object | undefined {
  const asked = readList(env, 'OTEL_PROPAGATORS');
  const names = asked.length === 0 && backend === 'xray' ? XRAY_DEFAULT : [...new Set(asked)];
  if (names.includes('none')) return undefined;
  for (const name of names.filter((candidate) => !PROPAGATOR_NAMES.includes(candidate))) {
    complain(`OTEL_PROPAGATORS: ${name} is not known, and not used; known are ${PROPAGATOR_NAMES.join(', ')}, none`);
  }
  if (!names.includes('xray')) return undefined;
  const propagators = names.filter((name) => PROPAGATOR_NAMES.includes(name)).map((name) => load(name, borrow));
  if (!propagators.every((propagator) => propagator !== undefined)) return undefined; // the SDK does what it can
  return propagators.length === 1 ? propagators[0] : borrow(loadComposite(propagators), 'trace contexts are not passed on');
}

function load(name: string, borrow: Borrow): object | undefined {
  return borrow(loadPropagator(name), name === 'xray' ? 'X-Amzn-Trace-Id is neither read nor passed on' : `${name} is not passed on`);
}
