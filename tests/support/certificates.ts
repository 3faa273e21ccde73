import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a certificate and its key lie, in PEM format. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that nobody else knows, in a temporary folder. Needs openssl. */
export class TestAuthority implements Certificate {
  readonly #folder = mkdtempSync(join(tmpdir(), 'toolspan-ca-'));
  readonly certificate = join(this.#folder, 'ca.pem');
  readonly key = join(this.#folder, 'ca.key');

  constructor(name = 'an authority for tests') {
    const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE'];
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      '10',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.key,
      '-out',
      this.certificate,
      ...constraints,
    );
  }

  /** A certificate for this name, localhost and 127.0.0.1 unless said otherwise; with 0 days it expires within a second. */
  issue(
    name: string,
    { days = 10, names = `DNS:${name},DNS:localhost,IP:127.0.0.1` }: { days?: number; names?: string } = {},
  ): Certificate {
    const file = (ending: string): string => join(this.#folder, `${name}-${days}.${ending}`);
    openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr'));
    writeFileSync(file('ext'), `subjectAltName=${names}\n`);
    const signed = ['-CA', this.certificate, '-CAkey', this.key, '-CAcreateserial', '-extfile', file('ext')];
    openssl('x509', '-req', '-days', String(days), '-in', file('csr'), '-out', file('pem'), ...signed);
    return { certificate: file('pem'), key: file('key') };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The text of both files, as servers take it. */
export function textsOf({ certificate, key }: Certificate): { cert: string; key: string } {
  return { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: 'pipe' });
}
