import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const ANY = /-----BEGIN [A-Z ]+-----/;

/** What is wrong with a file in PEM format, the time being this; `undefined` if nothing is. */
export function wrongWithPem(text: string, wallTime: number): string | undefined {
  if (!ANY.test(text)) return 'it is not in PEM format: nothing in it begins with -----BEGIN';
  if (!CERTIFICATE.test(text)) return undefined;
  try {
    const { validFrom, validTo } = new X509Certificate(text);
    if (Date.parse(validTo) < wallTime) return `the certificate in it expired on ${validTo}`;
    if (Date.parse(validFrom) > wallTime) return `the certificate in it is not valid before ${validFrom}`;
    return undefined;
  } catch {
    return 'the certificate in it cannot be read';
  }
}
