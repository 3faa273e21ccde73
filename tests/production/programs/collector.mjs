// An OTLP/gRPC receiver that writes down the id of each span that came, with the run that it came from, before its answer leaves. Given: port, file.
// To be stopped by any signal at any moment, SIGKILL included: what is written is in the file.
import { openSync, writeSync } from 'node:fs';
import { MockOtlpServer } from '@elastic/mockotlpserver';

const [port, file] = process.argv.slice(2);
const spans = openSync(file, 'a');

const server = new MockOtlpServer({
  logLevel: 'warn',
  services: ['grpc'],
  grpcHostname: '127.0.0.1',
  grpcPort: Number(port),
  onTrace: (trace) => writeSync(spans, trace.resourceSpans.map(linesOf).join('')),
});
await server.start();
writeSync(3, 'started\n');

function linesOf({ resource, scopeSpans }) {
  const run = resource.attributes.find(({ key }) => key === 'test.run')?.value.stringValue;
  const ids = scopeSpans.flatMap((scope) => scope.spans.map(({ spanId }) => Buffer.from(spanId).toString('hex')));
  return ids.map((id) => `${run} ${id}\n`).join('');
}
