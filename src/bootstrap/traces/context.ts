import type { OpenTelemetryApi } from '../packages/opentelemetry.js';

/** Whether somebody has registered a context manager: only then does a context reach further than nowhere. */
export function isContextManaged(api: OpenTelemetryApi): boolean {
  const key = api.createContextKey('toolspan probe');
  return api.context.with(api.ROOT_CONTEXT.setValue(key, true), () => api.context.active().getValue(key) === true);
}
