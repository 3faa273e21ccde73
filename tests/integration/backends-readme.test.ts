import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestAuthority } from '../support/certificates';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { GoogleTokens } from '../support/google-tokens';
import { GuardedReceiver } from '../support/guarded-receiver';

// The lines that the README gives for each backend, run as they stand there; only the host is a stand-in on loopback.

type Variables = Readonly<Record<string, string>>;

const README = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
const SECTION = /^## Backends$([\s\S]*?)^## /m.exec(README)![1]!;
const ROWS = Array.from(
  SECTION.matchAll(/^\*\*(.+?)\*\* .*\n\n```sh\n([\s\S]*?)```/gm),
  ([, name, lines]) => [name!, lines!.trim().split('\n')] as const,
);

/** A host that nobody else listens at: all of 127.0.0.0/8 is this machine's, and Datadog's agent has a port of its own. */
const AGENT = '127.0.71.17';

function variablesOf(lines: readonly string[]): Variables {
  const exported = lines.map((line) => /^export (\w+)=(\S+)( +#.*)?$/.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(exported.map(([, name, value]) => [name!, value!]));
}

/** Headers as they have to be on the wire. */
function headersOf({ OTEL_EXPORTER_OTLP_HEADERS: list = '' }: Variables): Variables {
  const pairs = list.split(',').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => [pair.split('=', 1)[0]!.toLowerCase(), decodeURIComponent(pair.slice(pair.indexOf('=') + 1))]),
  );
}

it('names the backends of the guide', () => {
  expect(ROWS.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'Jaeger',
      'OpenTelemetry Collector',
      'Datadog agent',
      'Grafana Tempo',
      'Honeycomb',
      'AWS X-Ray',
      'Google Cloud',
    ]),
  );
});

describeWith(['openssl'], 'The README’s lines', () => {
  const authority = new TestAuthority();
  let plain: GuardedReceiver;
  let secure: GuardedReceiver;
  let agent: GuardedReceiver;
  let google: GoogleTokens;

  beforeAll(async () => {
    plain = await GuardedReceiver.start();
    secure = await GuardedReceiver.start({ certificate: authority.issue('vendor') });
    agent = await GuardedReceiver.start({ host: AGENT, port: 4317 });
    google = await GoogleTokens.start();
  });

  afterAll(stopPrograms);
  afterAll(async () => {
    await Promise.all([plain, secure, agent, google].map((server) => server.close()));
    authority.remove();
  });

  /** The same with the stand-in for a host, and what the stand-in needs; the path stays. */
  function onLoopback(variables: Variables): { readonly env: Variables; readonly receiver: GuardedReceiver } {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, DD_AGENT_HOST: agentHost, TOOLSPAN_BACKEND: backend } = variables;
    if (agentHost) return { receiver: agent, env: { ...variables, DD_AGENT_HOST: AGENT } };
    const url = new URL(endpoint ?? 'https://telemetry.googleapis.com');
    const receiver = url.protocol === 'https:' ? secure : plain;
    const path = url.pathname === '/' ? '' : url.pathname;
    const env = { ...variables, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url + path, OTEL_EXPORTER_OTLP_CERTIFICATE: authority.certificate };
    if (backend !== 'gcp') return { receiver, env };
    return { receiver, env: { ...env, ...google.elsewhere, OTEL_EXPORTER_OTLP_TIMEOUT: '30000' } };
  }

  it.concurrent.each(ROWS)('for %s have the traces delivered', async (_name, lines) => {
    expect(lines.length).toBeLessThanOrEqual(5);
    const variables = variablesOf(lines);
    expect(Object.keys(variables)).toHaveLength(lines.filter((line) => !line.startsWith('npm install ')).length);
    const { env, receiver } = onLoopback(variables);
    // The rules of X-Ray are tested elsewhere, here every trace counts.
    const program = await ChildProgram.run('backends', {
      given: { options: { serviceName: 'documented' } },
      env: { ...env, OTEL_TRACES_SAMPLER: 'always_on' },
    });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await program.reported('status')).toMatchObject({ warnings: [] });
    const exports = receiver.exportsOf(program);
    expect(exports).toMatchObject([{ headers: headersOf(variables), spans: [{ name: 'tool.execute' }] }]);
    expect(exports[0]!.spans[0]!.resource).toMatchObject({ 'service.name': 'documented' });
    if (exports[0]!.transport === 'http')
      expect(exports[0]!.path).toBe(`${new URL(variables['OTEL_EXPORTER_OTLP_ENDPOINT']!).pathname}/v1/traces`);
  });

  it.concurrent('for the Datadog agent say who is sending', async () => {
    const [, lines] = ROWS.find(([name]) => name === 'Datadog agent')!;
    const { env } = onLoopback(variablesOf(lines));
    const program = await ChildProgram.run('backends', { given: { unnamed: true }, env });
    expect(agent.spansOf(program)[0]!.resource).toMatchObject({
      'service.name': 'my-service',
      'deployment.environment.name': 'production',
      'service.version': '1.2.3',
      team: 'search',
      region: 'eu',
    });
  });

  it.concurrent('for Google Cloud send a token, and the project', async () => {
    const [, lines] = ROWS.find(([name]) => name === 'Google Cloud')!;
    const { env } = onLoopback(variablesOf(lines));
    const program = await ChildProgram.run('backends', { env });
    expect(secure.exportsOf(program)).toMatchObject([
      {
        headers: { authorization: expect.stringMatching(/^Bearer token-\d+$/) as string },
        spans: [{ resource: { 'gcp.project_id': 'given-project' } }],
      },
    ]);
  });
});
