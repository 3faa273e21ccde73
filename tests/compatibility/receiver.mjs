import { MockOtlpServer, normalizeTrace } from '@elastic/mockotlpserver';

/** A real OTLP/gRPC receiver on loopback. Programs are told apart by their resource attribute `test.run`. */
export async function startReceiver() {
  const spans = [];
  const server = new MockOtlpServer({
    logLevel: 'warn',
    services: ['grpc'],
    grpcHostname: '127.0.0.1',
    grpcPort: 0,
    onTrace: (trace) => spans.push(...flat(normalizeTrace(trace))),
  });
  await server.start();
  return {
    url: server.grpcUrl.origin,
    spansOf: (run) => spans.filter(({ resource }) => resource['test.run'] === run),
    close: () => server.close(),
  };
}

function flat({ resourceSpans }) {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ ...span, scope, resource: resource.attributes }))),
  );
}
