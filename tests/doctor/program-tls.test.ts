import { readFileSync } from 'node:fs';
import { TestAuthority, textsOf, type Certificate } from '../support/certificates';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { startGrpcServer, type GrpcServer } from '../support/grpc-server';
import { runDoctor, type Visit } from '../support/run-doctor';

describeWith(['openssl'], 'A receiver with TLS', () => {
  let authority: TestAuthority;
  let localhost: Certificate;
  const servers: GrpcServer[] = [];

  beforeAll(() => {
    authority = new TestAuthority();
    localhost = authority.issue('localhost');
  });

  afterAll(() => authority.remove());
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  async function visit(
    pair: Certificate,
    env: Record<string, string> = {},
    { scheme = 'https', wantsCertificate = false } = {},
  ): Promise<Visit> {
    const ca = readFileSync(authority.certificate, 'utf8');
    const server = await startGrpcServer({
      tls: { ...textsOf(pair), ca, requestCert: wantsCertificate, rejectUnauthorized: wantsCertificate },
    });
    servers.push(server);
    return runDoctor(['doctor', '--json'], { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${scheme}://127.0.0.1:${server.port}`, ...env } });
  }

  const trusting = (): Record<string, string> => ({ OTEL_EXPORTER_OTLP_CERTIFICATE: authority.certificate });

  it('whose certificate is trusted takes the span', async () => {
    const seen = await visit(localhost, trusting());
    expect(seen.check('traces.certificate')).toMatchObject({ status: 'ok', source: 'OTEL_EXPORTER_OTLP_CERTIFICATE' });
    expect(seen.check('connection.tls').status).toBe('ok');
    expect(seen.check('connection.send').status).toBe('ok');
    expect(seen.code).toBe(0);
  });

  it('whose certificate nobody here trusts: which variable cures it', async () => {
    const seen = await visit(localhost);
    expect(seen.code).toBe(1);
    expect(seen.check('connection.tls')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('does not trust') as string,
      cure: expect.stringContaining('OTEL_EXPORTER_OTLP_CERTIFICATE') as string,
    });
  });

  it('whose certificate is for another name: for which', async () => {
    const seen = await visit(authority.issue('other', { names: 'DNS:other.example' }), trusting());
    expect(seen.check('connection.tls')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('but for DNS:other.example') as string,
    });
  });

  it('whose certificate has expired: when', async () => {
    const expired = authority.issue('expired', { days: 0 });
    const tls = await eventually(
      'it has expired',
      async () => {
        const check = (await visit(expired, trusting())).check('connection.tls');
        return check.status === 'problem' && check;
      },
      60_000,
    );
    expect(tls.detail).toMatch(/^the receiver's certificate expired on /);
  });

  it('where the endpoint asks for none: write https', async () => {
    const seen = await visit(localhost, {}, { scheme: 'http' });
    expect(seen.check('connection.send')).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('expects TLS') as string,
      cure: 'write https:// in OTEL_EXPORTER_OTLP_ENDPOINT',
    });
  });

  it('that wants to see a certificate of ours: which variables, and with them it takes the span', async () => {
    const without = await visit(localhost, trusting(), { wantsCertificate: true });
    expect(without.check('connection.send')).toMatchObject({
      status: 'problem',
      cure: expect.stringContaining('OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE') as string,
    });
    const ours = authority.issue('client');
    const env = { ...trusting(), OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: ours.certificate, OTEL_EXPORTER_OTLP_CLIENT_KEY: ours.key };
    const seen = await visit(localhost, env, { wantsCertificate: true });
    expect(seen.check('connection.send').status).toBe('ok');
  });
});
