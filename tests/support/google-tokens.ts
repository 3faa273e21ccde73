import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Stands in for where Google's credentials come from: the metadata server that machines of Google Cloud have, and the token exchange of
 * workload identity. Each token is another one, and expires within seconds.
 */
export class GoogleTokens {
  /** Tokens given out so far. */
  readonly given: string[] = [];
  /** While this is set, tokens are not to be had. */
  failure: number | undefined;
  readonly #server: Server;
  readonly #home = mkdtempSync(join(tmpdir(), 'toolspan-google-'));

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      response.setHeader('metadata-flavor', 'Google').setHeader('content-type', 'application/json');
      if (request.url?.includes('/project/project-id')) response.setHeader('content-type', 'text/plain').end('found-project');
      else if (this.failure !== undefined) response.writeHead(this.failure).end('{"error":"unavailable"}');
      else response.end(JSON.stringify(this.#token()));
    });
  }

  static async start(): Promise<GoogleTokens> {
    const tokens = new GoogleTokens();
    await new Promise<void>((resolve) => tokens.#server.listen(0, '127.0.0.1', resolve));
    return tokens;
  }

  /** A machine of Google Cloud: nothing but the metadata server. */
  get machine(): Record<string, string> {
    return { ...this.#bare, GCE_METADATA_HOST: this.#host, METADATA_SERVER_DETECTION: 'assume-present' };
  }

  /** A machine of another cloud, with a file that has it trusted. */
  get elsewhere(): Record<string, string> {
    const [file, subject] = [join(this.#home, 'credentials.json'), join(this.#home, 'subject')];
    writeFileSync(subject, 'a token of the other cloud');
    writeFileSync(
      file,
      JSON.stringify({
        type: 'external_account',
        audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/other',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_url: `http://${this.#host}/v1/token`,
        credential_source: { file: subject },
        quota_project_id: 'billed-project',
      }),
    );
    return {
      ...this.#bare,
      METADATA_SERVER_DETECTION: 'none',
      GOOGLE_APPLICATION_CREDENTIALS: file,
      GOOGLE_CLOUD_PROJECT: 'given-project',
    };
  }

  /** A machine without credentials of any kind. */
  get nowhere(): Record<string, string> {
    return { ...this.#bare, METADATA_SERVER_DETECTION: 'none' };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    rmSync(this.#home, { recursive: true, force: true });
  }

  get #host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What this machine knows about Google must not count. */
  get #bare(): Record<string, string> {
    return {
      HOME: this.#home,
      CLOUDSDK_CONFIG: this.#home,
      GOOGLE_APPLICATION_CREDENTIALS: '',
      GOOGLE_CLOUD_PROJECT: '',
      GCLOUD_PROJECT: '',
    };
  }

  #token(): object {
    this.given.push(`token-${this.given.length + 1}`);
    const issued = { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer' };
    return { access_token: this.given.at(-1), expires_in: 2, ...issued };
  }
}
