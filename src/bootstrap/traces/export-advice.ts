import { messageOf } from '../../core/thrown.js';

/** A failure of exporting that has a cause we know, and what to do about it. */
interface Advice {
  /** gRPC's status, or HTTP's. */
  readonly codes?: readonly number[];
  readonly says?: RegExp;
  readonly cure: string;
}

const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

// From the particular to the general: the first that fits is said.
const ADVICE: readonly Advice[] = [
  { says: /no token for Google Cloud for now/, cure: 'the traces are kept, and tried again' },
  {
    says: /no token for Google Cloud/,
    cure: 'set GOOGLE_APPLICATION_CREDENTIALS to a key file, or run gcloud auth application-default login',
  },
  {
    says: /alert (bad certificate|certificate required|unknown ca|handshake failure|certificate unknown)|ALERT_(BAD_CERT|CERTIFICATE_REQ)/i,
    cure: 'the receiver asks for a certificate of ours: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY to one it trusts',
  },
  {
    says: /altname|does not match certificate/i,
    cure: "the receiver's certificate is for another name: write OTEL_EXPORTER_OTLP_ENDPOINT with a name that is in it",
  },
  {
    says: /certificate has expired|CERT_HAS_EXPIRED/i,
    cure: "the receiver's certificate has expired",
  },
  {
    says: /self[- ]signed|unable to (verify|get)|certificate/i,
    cure: "the receiver's certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE to the file of the CA that signed it",
  },
  {
    says: /wrong version number|EPROTO|packet length too long|http_parse|HPE_INVALID/i,
    cure: 'one side speaks TLS and the other does not: write http:// for a plain receiver, https:// for TLS',
  },
  { codes: [16, 401], cure: `the backend does not accept the credentials: is the key in ${HEADERS} right, and is it for this endpoint?` },
  { codes: [7, 403], cure: `the credentials are not allowed to send traces: which key is in ${HEADERS}, and what may it do?` },
  {
    codes: [12, 404, 405],
    cure: 'nothing takes OTLP traces there: is it the right port and protocol (4317 grpc, 4318 http/protobuf), with the path that the backend names?',
  },
  {
    says: /Last error: Failed to connect|Connection dropped|socket hang up|ECONNRESET/,
    cure: 'something listens there and hangs up: write https:// if it wants TLS; is it the right port and protocol?',
  },
];

const OTHERWISE = 'is a collector listening at OTEL_EXPORTER_OTLP_ENDPOINT?';

/** What to do about a failed export. */
export function adviceOn(error: unknown): string {
  const code = Number((error as { code?: unknown } | undefined)?.code);
  const text = messageOf(error);
  return ADVICE.find(({ codes, says }) => (codes?.includes(code) ?? false) || (says?.test(text) ?? false))?.cure ?? OTHERWISE;
}
