// What looks like a secret, by its key or by its own looks. Patterns are linear in the length of the text: what a tool was given is no
// friend's text.

/** What stands in the place of a secret. */
export const REDACTED = '[REDACTED]';

const SECRET_WORDS = [
  'password|passwd|pwd|passphrase|passcode|secret|secrets|credential|credentials|authorization|cookie|cookies|jwt|otp|pin|cvv|cvc|ssn',
  'apikey|accesskey|privatekey|secretkey|sessionid|email|mail|iban|signature',
  '(?:api|access|private|secret|signing|encryption|session|master|account) key|session id|(?:credit )?card(?: number)?',
  // Of a language model's tokens there is no secret.
  'token(?! (?:count|limit|usage|type|budget|length))',
].join('|');

const SECRET_KEY = new RegExp(`\\b(?:${SECRET_WORDS})\\b`);
const WORD_STARTS = /([a-z0-9])([A-Z])|[_\-.\s]+/g;

/** Whether a key of an object, or of a header, says that its value is a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key.replace(WORD_STARTS, '$1 $2').toLowerCase());
}

type Replace = (...match: string[]) => string;

const HIDE: Replace = () => REDACTED;

const NAMES = 'password|passwd|pwd|passphrase|secret|token|api[_-]?key|(?:access|private|secret)[_-]?key|credentials?|authorization|cookie';

/** What they look like, and what they become. What ends in the middle, since the text was cut there, is one as well. */
const SECRETS: readonly (readonly [pattern: RegExp, replace: Replace])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g, HIDE],
  // Credentials inside a URL.
  [/:\/\/[^\s/@:?#]{0,256}:[^\s/@?#]{1,256}@/g, () => `://${REDACTED}@`],
  [/\b(Bearer|Basic|Digest|ApiKey)\s+[\w.~+/-]{8,}=*/gi, (_, scheme) => `${scheme} ${REDACTED}`],
  // JSON web tokens, and keys that bear the name of who gave them out.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, HIDE],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk-|[spr]k_(?:live|test)_|AIza|ya29\.|npm_|hf_|SG\.)[\w.-]{16,}/g, HIDE],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDE],
  // `password=…`, `"apiKey": "…"`, `?token=…`; not the scheme in `Authorization: Bearer …`, which is done above.
  [
    new RegExp(`((?:${NAMES})["']?\\s{0,3}[:=]\\s{0,3}["']?)(?!\\[RED|(?:Bearer|Basic|Digest|ApiKey) )([^\\s"'&,;)}\\]]+)`, 'gi'),
    (_, before) => `${before}${REDACTED}`,
  ],
  [/[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b/gi, HIDE],
  [/\b[2-6](?:[ -]?\d){12,18}\b/g, (digits) => (isCardNumber(digits) ? REDACTED : digits)],
];

// Most texts have nothing of it, and one look for all of it takes a fraction of a look for each.
const HINT = new RegExp(
  `[^\\s/]@\\w|-----BEGIN|eyJ|\\d[ -]?\\d{3}[ -]?\\d{4}|[spr]k[-_]|gh[pousr]_|_pat_|glpat|xox|AIza|ya29|npm_|hf_|SG\\.|A[KS]IA|Bearer|Basic|Digest|ApiKey|(?:${NAMES})["']?\\s{0,3}[:=]`,
  'i',
);

/** The text without what looks like a secret: keys, tokens, passwords, e-mail addresses, card numbers. */
export function withoutSecrets(text: string): string {
  if (!HINT.test(text)) return text;
  let rest = text;
  for (const [pattern, replace] of SECRETS) rest = rest.replace(pattern, replace);
  return rest;
}

/** The check digit of payment cards (ISO/IEC 7812-1, annex B: Luhn's formula). */
function isCardNumber(text: string): boolean {
  let sum = 0;
  let isSecond = false;
  for (let index = text.length - 1; index >= 0; index--) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) continue;
    const twice = digit * 2;
    sum += isSecond ? twice - (twice > 9 ? 9 : 0) : digit;
    isSecond = !isSecond;
  }
  return sum % 10 === 0;
}
