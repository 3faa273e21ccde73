import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a certificate and its key lie. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of our own, in a temporary folder; made with openssl. */
export class TestAuthority implements Certificate {
  readonly #folder = mkdtempSync(join(tmpdir(), 'toolspan-ca-'));
  readonly certificate = join(this.#folder, 'ca.pem');
  readonly key = join(this.#folder, 'ca.key');

  constructor(name = 'toolspan test authority') {
    this.#openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', this.key, '-out', this.certificate);
  }

  /** A certificate for a server on loopback, or for a client. */
  issue(name: string, use: 'serverAuth' | 'clientAuth'): Certificate {
    const [key, request, certificate, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) => join(this.#folder, `${name}.${end}`));
    writeFileSync(extensions!, `subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=${use}\n`);
    this.#openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key!, '-out', request!);
    const signed = ['-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial', '-extfile', extensions!];
    this.#openssl('x509', '-req', '-days', '2', '-in', request!, '-out', certificate!, ...signed);
    return { certificate: certificate!, key: key! };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #openssl(...parameters: string[]): void {
    execFileSync('openssl', parameters, { stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
