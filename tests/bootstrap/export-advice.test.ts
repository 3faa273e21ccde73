import { adviceOn } from '../../src/bootstrap/traces/export-advice.js';

function failure(message: string, code?: number): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  [failure('16 UNAUTHENTICATED: unknown key', 16), 'does not accept the credentials'],
  [failure('Unauthorized', 401), 'does not accept the credentials'],
  [failure('7 PERMISSION_DENIED: no role', 7), 'not allowed to send traces'],
  [failure('Forbidden', 403), 'not allowed to send traces'],
  [failure('12 UNIMPLEMENTED: unknown service', 12), 'nothing takes OTLP traces there'],
  [failure('Not Found', 404), 'nothing takes OTLP traces there'],
  [failure('14 UNAVAILABLE: … Last error: Error: self-signed certificate in certificate chain', 14), 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
  [failure('unable to verify the first certificate'), 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
  [failure('unable to get local issuer certificate'), 'OTEL_EXPORTER_OTLP_CERTIFICATE'],
  [failure("Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames: DNS:b"), 'for another name'],
  [failure('certificate has expired'), 'has expired'],
  [failure('SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:SSL alert number 116'), 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE'],
  [failure('write EPROTO … SSL routines:ssl3_get_record:wrong version number'), 'one side speaks TLS'],
  [
    failure('16 UNAUTHENTICATED: Getting metadata from plugin failed with error: no token for Google Cloud (…)', 16),
    'GOOGLE_APPLICATION_CREDENTIALS',
  ],
  [failure('14 UNAVAILABLE: … no token for Google Cloud for now (connect ECONNREFUSED)', 14), 'tried again'],
  [failure('14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:4317', 14), 'is a collector listening'],
  [failure('14 UNAVAILABLE: No connection established. Last error: Failed to connect (2026-11-28T23:29:30.466Z)', 14), 'write https://'],
  [failure('socket hang up'), 'write https://'],
  ['a word', 'is a collector listening'],
  [undefined, 'is a collector listening'],
])('on %s the advice is: %s', (error, advice) => {
  expect(adviceOn(error)).toContain(advice);
});
