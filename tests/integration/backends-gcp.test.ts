import { BareConsumer, OPTIONAL_PACKAGES, type OptionalPackage } from '../support/bare-consumer';
import { TestAuthority } from '../support/certificates';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { GoogleTokens } from '../support/google-tokens';
import { GuardedReceiver } from '../support/guarded-receiver';

// Google Cloud: a token with each export, renewed when it expires, and the project on the resource; with the real google-auth-library.

describeWith(['openssl'], "backend: 'gcp'", () => {
  const authority = new TestAuthority();
  const consumers: BareConsumer[] = [];
  const sources: GoogleTokens[] = [];
  let receiver: GuardedReceiver;

  beforeAll(async () => {
    receiver = await GuardedReceiver.start({
      certificate: authority.issue('google'),
      refuse: ({ authorization }) => (/^Bearer \S/.test(String(authorization)) ? undefined : { grpc: 16, http: 401, reason: 'no token' }),
    });
  });

  afterAll(stopPrograms);
  afterAll(async () => {
    await Promise.all([receiver, ...sources].map((server) => server.close()));
    consumers.forEach((consumer) => consumer.remove());
    authority.remove();
  });

  const PROTOCOLS = [['grpc'], ['http/protobuf']];
  const GCP = { options: { backend: 'gcp' } };

  async function tokens(): Promise<GoogleTokens> {
    const source = await GoogleTokens.start();
    sources.push(source);
    return source;
  }

  function start(env: Record<string, string>, given: Record<string, unknown> = {}, file = 'backends'): ChildProgram {
    return ChildProgram.start(file, {
      given: { ...GCP, ...given },
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_CERTIFICATE: authority.certificate,
        OTEL_EXPORTER_OTLP_TIMEOUT: '30000', // loading google-auth-library takes seconds on a busy machine
        ...env,
      },
    });
  }

  async function ended(program: ChildProgram): Promise<string> {
    expect(await program.ended).toMatchObject({ code: 0, signal: null, stdout: '' });
    expect(await program.reported('result')).toBe('Hello world');
    return program.stderr;
  }

  function inConsumer(installed: readonly OptionalPackage[]): { readonly consumer: BareConsumer; readonly file: string } {
    const consumer = new BareConsumer([...OPTIONAL_PACKAGES, ...installed]);
    consumers.push(consumer);
    return { consumer, file: consumer.add('backends') };
  }

  it.concurrent.each(PROTOCOLS)(
    'on a machine of Google’s sends the token and the project of that machine, and the next token when it has expired (%s)',
    async (protocol) => {
      const source = await tokens();
      const program = start({ ...source.machine, OTEL_EXPORTER_OTLP_PROTOCOL: protocol }, { calls: 2, between: true });
      await program.reported('flushed');
      program.say('again');
      expect(await ended(program)).toBe('');
      const exports = receiver.exportsOf(program);
      const shown = exports.map(({ headers }) => headers['authorization']);
      expect(shown).toEqual(source.given.filter((token) => shown.includes(`Bearer ${token}`)).map((token) => `Bearer ${token}`));
      expect(new Set(shown).size).toBe(2);
      for (const { spans } of exports)
        expect(spans).toMatchObject([{ name: 'tool.execute', resource: { 'gcp.project_id': 'found-project' } }]);
    },
  );

  it.concurrent.each(PROTOCOLS)(
    'on a machine of another cloud sends what GOOGLE_APPLICATION_CREDENTIALS gives, and the project that pays (%s)',
    async (protocol) => {
      const source = await tokens();
      const program = start({ ...source.elsewhere, OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
      expect(await ended(program)).toBe('');
      expect(receiver.exportsOf(program)).toMatchObject([
        {
          headers: { authorization: `Bearer ${source.given.at(-1)}`, 'x-goog-user-project': 'billed-project' },
          spans: [{ resource: { 'gcp.project_id': 'given-project' } }],
        },
      ]);
    },
  );

  it.concurrent('leaves the project to OTEL_RESOURCE_ATTRIBUTES and to the program, if they name one', async () => {
    const source = await tokens();
    const fromList = start({ ...source.machine, OTEL_RESOURCE_ATTRIBUTES: 'gcp.project_id=listed' });
    const resourceAttributes = { 'gcp.project_id': 'written' };
    const fromOptions = start(source.machine, { options: { backend: 'gcp', tracing: { resourceAttributes } } });
    await Promise.all([ended(fromList), ended(fromOptions)]);
    expect([fromList, fromOptions].map((program) => receiver.spansOf(program)[0]?.resource['gcp.project_id'])).toEqual([
      'listed',
      'written',
    ]);
  });

  it.concurrent('keeps the spans while tokens are not to be had for the moment, and delivers them later', async () => {
    const { consumer, file } = inConsumer([]);
    consumer.install(
      'google-auth-library',
      `let asked = 0;
       exports.GoogleAuth = class {
         async getProjectId() { return 'found-project'; }
         async getRequestHeaders() {
           if (++asked === 1) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
           return { Authorization: 'Bearer token-' + asked };
         }
       };`,
    );
    const program = start({ OTEL_BSP_SCHEDULE_DELAY: '50' }, { calls: 2, between: true }, file);
    await program.reported('flushed');
    await eventually('they are delivered', () => receiver.spansOf(program).length === 1);
    program.say('again');
    expect(await ended(program)).toMatch(
      /^\[toolspan\] Failed to export traces: 14 UNAVAILABLE: .*no token for Google Cloud for now \(connect ECONNREFUSED\)/,
    );
    expect(receiver.exportsOf(program).map(({ headers }) => headers['authorization'])).toEqual(['Bearer token-2', 'Bearer token-3']);
  });

  it.concurrent.each(PROTOCOLS)(
    'without credentials says so, with the cure; tools run on and the failures are counted (%s)',
    async (protocol) => {
      const source = await tokens();
      const program = start({ ...source.nowhere, OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
      const stderr = await ended(program);
      expect(stderr).toMatch(
        /Failed to export traces: .*no token for Google Cloud \(.*credentials.*set GOOGLE_APPLICATION_CREDENTIALS to a key file/,
      );
      expect(stderr).toMatch(/backend gcp: the project is not known \(.*\), so Google Cloud refuses the traces; set GOOGLE_CLOUD_PROJECT/);
      expect(await program.reported('faults')).toMatch(/tool_telemetry_errors_total\{kind="export"\} [1-9]/);
      expect(receiver.exportsOf(program)).toEqual([]);
    },
  );

  it.concurrent('without google-auth-library says what to install', async () => {
    const source = await tokens();
    const { file } = inConsumer([]);
    const program = start({ ...source.machine, GOOGLE_CLOUD_PROJECT: 'given-project' }, {}, file);
    const stderr = await ended(program);
    expect(stderr).toMatch(
      /backend gcp: Google Cloud will refuse the traces, .*: google-auth-library is not installed; npm install google-auth-library/,
    );
    expect(stderr).toMatch(/16 UNAUTHENTICATED/);
  });

  it.concurrent('does not hold the process when nobody answers who should have a token', async () => {
    const { consumer, file } = inConsumer([]);
    consumer.install(
      'google-auth-library',
      `exports.GoogleAuth = class {
         async getProjectId() { return 'found-project'; }
         getRequestHeaders() { return new Promise(() => undefined); }
       };`,
    );
    const program = start({ OTEL_EXPORTER_OTLP_TIMEOUT: '' }, {}, file);
    await ended(program);
    expect(program.stderr).toMatch(/Failed to export traces: /);
    expect(program.ending!.endedAt - (await program.reportedAt('result'))).toBeLessThan(15_000);
  });
});
