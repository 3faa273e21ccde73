import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key: paths of files in PEM format. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Certificates made for a test, signed by an authority that nobody else knows. Needs openssl. */
export class Certificates {
  readonly #folder = mkdtempSync(join(tmpdir(), 'toolspan-certificates-'));
  readonly authority: Pair;

  constructor() {
    this.authority = { cert: join(this.#folder, 'ca.pem'), key: join(this.#folder, 'ca.key') };
    const { cert, key } = this.authority;
    const constraints = ['-addext', 'basicConstraints=critical,CA:TRUE'];
    openssl('req', '-x509', ...NEW_KEY, '-keyout', key, '-out', cert, '-days', '10', '-subj', '/CN=an authority for tests', ...constraints);
  }

  /** A certificate for this name and 127.0.0.1 unless said otherwise; with 0 days it expires within a second. */
  issue(name: string, { days = 10, names = `DNS:${name},IP:127.0.0.1` }: { days?: number; names?: string } = {}): Pair {
    const file = (ending: string): string => join(this.#folder, `${name}-${days}.${ending}`);
    const { cert, key } = this.authority;
    openssl('req', '-new', ...NEW_KEY, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`);
    writeFileSync(file('ext'), `subjectAltName=${names}\n`);
    const signed = ['-CA', cert, '-CAkey', key, '-CAcreateserial', '-extfile', file('ext')];
    openssl('x509', '-req', '-in', file('csr'), '-out', file('pem'), '-days', String(days), ...signed);
    return { cert: file('pem'), key: file('key') };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The text of both files, as servers take it. */
export function textsOf({ cert, key }: Pair): { cert: string; key: string } {
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes'];

function openssl(...parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: 'ignore' });
}
