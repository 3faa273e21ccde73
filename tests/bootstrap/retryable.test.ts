import { isRetryable } from '../../src/bootstrap/traces/retryable';

const error = (message: string, code?: unknown): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

test.each([
  error('UNAVAILABLE', 14),
  error('RESOURCE_EXHAUSTED', 8),
  error('Service Unavailable', 503),
  error('Too Many Requests', 429),
  error('connect ECONNREFUSED 127.0.0.1:4318', 'ECONNREFUSED'),
  error('connect ECONNREFUSED 127.0.0.1:4318'),
  error('Request timed out'),
  error('Export failed with retryable status'),
  error('no answer within 30000 ms'),
  error('socket hang up'),
])('%s is worth another try', (failure) => expect(isRetryable(failure)).toBe(true));

test.each([
  error('UNAUTHENTICATED', 16),
  error('INVALID_ARGUMENT', 3),
  error('Bad Request', 400),
  error('Unauthorized', 401),
  error('the exporter failed'),
])('%s is not', (failure) => expect(isRetryable(failure)).toBe(false));
