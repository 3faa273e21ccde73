import { TestAuthority } from '../support/certificates';
import { ChildProgram, stopPrograms, type Ending } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { GuardedReceiver, type ReceivedExport } from '../support/guarded-receiver';

// What vendors ask for beyond an endpoint: keys in headers, TLS, certificates of clients, compression; over gRPC and over HTTP.

interface Outcome {
  readonly exports: readonly ReceivedExport[];
  readonly ending: Ending;
  readonly faults: string;
}

describeWith(['openssl'], 'A receiver as vendors run it', () => {
  const authority = new TestAuthority();
  const stranger = new TestAuthority('nobody');
  const server = authority.issue('server');
  const client = authority.issue('client');
  const receivers: Record<string, GuardedReceiver> = {};

  beforeAll(async () => {
    receivers['open'] = await GuardedReceiver.start({ certificate: server });
    receivers['plain'] = await GuardedReceiver.start();
    receivers['with a key'] = await GuardedReceiver.start({
      certificate: server,
      refuse: ({ 'x-api-key': key }) => (key === 'a secret, with a comma' ? undefined : { grpc: 16, http: 401, reason: 'unknown key' }),
    });
    receivers['for clients'] = await GuardedReceiver.start({ certificate: server, clientAuthority: authority });
  });

  afterAll(stopPrograms);
  afterAll(async () => {
    await Promise.all(Object.values(receivers).map((receiver) => receiver.close()));
    authority.remove();
    stranger.remove();
  });

  const TRUSTED = { OTEL_EXPORTER_OTLP_CERTIFICATE: authority.certificate };

  /** A program that calls a tool and ends, whatever becomes of its traces. */
  async function deliver(receiver: string, env: Record<string, string>): Promise<Outcome> {
    const program = await ChildProgram.run('backends', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receivers[receiver]!.url, ...env } });
    expect(program.ending).toMatchObject({ code: 0, signal: null, stdout: '' });
    expect(await program.reported('result')).toBe('Hello world');
    return { exports: receivers[receiver]!.exportsOf(program), ending: program.ending, faults: await program.reported('faults') };
  }

  describe.each([
    ['gRPC', 'grpc'],
    ['HTTP', 'http/protobuf'],
  ])('over %s', (_, protocol) => {
    const OVER = { OTEL_EXPORTER_OTLP_PROTOCOL: protocol };

    it.concurrent('gets the key in its header, as percent-encoded in OTEL_EXPORTER_OTLP_HEADERS', async () => {
      const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=a%20secret%2C%20with%20a%20comma,x-dataset=tools' };
      const { exports, ending } = await deliver('with a key', { ...OVER, ...TRUSTED, ...headers });
      expect(ending.stderr).toBe('');
      expect(exports).toMatchObject([
        { transport: protocol.slice(0, 4), headers: { 'x-api-key': 'a secret, with a comma', 'x-dataset': 'tools' } },
      ]);
      expect(exports[0]!.spans).toMatchObject([{ name: 'tool.execute', resource: { 'service.name': 'vendors' } }]);
    });

    it.concurrent('gets it compressed with OTEL_EXPORTER_OTLP_COMPRESSION=gzip', async () => {
      const { exports } = await deliver('open', { ...OVER, ...TRUSTED, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' });
      const header = protocol === 'grpc' ? 'grpc-encoding' : 'content-encoding';
      expect(exports).toMatchObject([{ headers: { [header]: 'gzip' }, spans: [{ name: 'tool.execute' }] }]);
    });

    it.concurrent('gets a certificate of the client where it asks for one', async () => {
      const { exports, ending } = await deliver('for clients', {
        ...OVER,
        ...TRUSTED,
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: client.certificate,
        OTEL_EXPORTER_OTLP_CLIENT_KEY: client.key,
      });
      expect(ending.stderr).toBe('');
      expect(exports).toHaveLength(1);
    });

    it.concurrent.each<[string, string, Record<string, string>, RegExp]>([
      [
        'the wrong key',
        'with a key',
        { ...TRUSTED, OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=guessed' },
        /does not accept the credentials.*OTEL_EXPORTER_OTLP_HEADERS/,
      ],
      ['no key', 'with a key', TRUSTED, /does not accept the credentials.*OTEL_EXPORTER_OTLP_HEADERS/],
      ['a CA that nobody knows', 'open', {}, /certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE/],
      [
        'the CA of somebody else',
        'open',
        { OTEL_EXPORTER_OTLP_CERTIFICATE: stranger.certificate },
        /certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE/,
      ],
      ['no certificate of the client', 'for clients', TRUSTED, /OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE/],
    ])('with %s nothing is delivered, the log names the cause, and tools run on', async (_what, receiver, env, cause) => {
      const { exports, ending, faults } = await deliver(receiver, { ...OVER, ...env });
      expect(exports).toEqual([]);
      expect(ending.stderr).toMatch(/^\[toolspan\] Failed to export traces: /m);
      expect(ending.stderr).toMatch(cause);
      expect(ending.stderr).not.toContain('guessed');
      expect(faults).toMatch(/tool_telemetry_errors_total\{kind="export"\} [1-9]/);
    });

    it.concurrent('a key with characters that headers must not have is not shown either', async () => {
      const { ending } = await deliver('with a key', { ...OVER, ...TRUSTED, OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=guess%C4%99d%0A' });
      expect(ending.stderr).toMatch(/traces.*header|header.*traces/i);
      expect(ending.stderr).not.toContain('guess');
    });

    it.concurrent('without TLS where it is wanted, the log says so', async () => {
      const { ending } = await deliver('open', { ...OVER, OTEL_EXPORTER_OTLP_ENDPOINT: receivers['open']!.url.replace('https:', 'http:') });
      expect(ending.stderr).toMatch(/Failed to export traces: .*hangs up: write https:\/\/ if it wants TLS/);
    });

    it.concurrent('with TLS where none is spoken, the log says so', async () => {
      const { ending } = await deliver('plain', {
        ...OVER,
        OTEL_EXPORTER_OTLP_ENDPOINT: receivers['plain']!.url.replace('http:', 'https:'),
      });
      expect(ending.stderr).toMatch(/Failed to export traces: .*one side speaks TLS and the other does not/);
    });
  });
});
