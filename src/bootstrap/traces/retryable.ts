import { memberOf, messageOf } from '../../core/thrown.js';

// What means "not now": status codes of gRPC and of HTTP (OTLP specification, "Failures" and "Retryable Response Codes"), and of the network.
const GRPC = new Set([1, 4, 8, 10, 11, 14, 15]);
const HTTP = new Set([429, 502, 503, 504]);
const NETWORK = /^(ECONN\w+|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|EPIPE)$/;
// The exporters over HTTP say some of it in words alone.
const WORDS =
  /\bretryable\b|\btimed? ?out\b|\btimeout\b|no answer within|\b(ECONN\w+|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EPIPE)\b|socket hang up/i;

/** Whether what could not be exported may be taken at another try. */
export function isRetryable(error: Error): boolean {
  const code = memberOf(error, 'code');
  if (typeof code === 'number') return GRPC.has(code) || HTTP.has(code);
  return (typeof code === 'string' && NETWORK.test(code)) || WORDS.test(messageOf(error));
}
