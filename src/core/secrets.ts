// What looks like a secret, by its key or by its own looks. Patterns are linear in the length of the text: what a tool was given is no
// friend's text.

/** What stands in the place of a secret. */
export const REDACTED = '[REDACTED]';

// As words of a key, which may stand in the plural, with a number behind, or run into what stands before.
const SECRET_WORDS = [
  'password|passwd|pwd|pass|passphrase|passcode|secret|credential|authorization|auth|cookie|jwt|bearer|otp|pin|cvv|cvc|ssn|csrf|xsrf|sid|session',
  '(?:api|access|private|secret|signing|encryption|session|master|account) ?key|session ?id|(?:credit )?card(?: number)?',
  '(?:access|refresh|id|api|auth|oauth|client|session|bearer) ?(?:token|secret)|email|mail|iban|signature',
  // Of a language model's tokens there is no secret.
  '(?<!\\b(?:max|min|total|prompt|completion|input|output|used|num) )token(?!s? (?:count|limit|usage|type|budget|length))',
].join('|');

const SECRET_KEY = new RegExp(`\\b(?:${SECRET_WORDS})s?\\d*\\b`);
const WORD_STARTS = /([a-z0-9])([A-Z])|[_\-.\s]+/g;

/** Whether a key of an object, or of a header, says that its value is a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key.replace(WORD_STARTS, '$1 $2').toLowerCase());
}

type Replace = (...match: string[]) => string;

const HIDE: Replace = () => REDACTED;

/** What they look like, and what they become. What ends in the middle, since the text was cut there, is one as well. */
const LOOKS: readonly (readonly [pattern: RegExp, replace: Replace])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, HIDE],
  // Credentials inside a URL, to the last @ of it; a port is none.
  [/:\/\/[^\s/@:?#]{0,256}:(?!\d{1,5}(?:[/?#\s]|$))[^\s"'<>]{1,512}@(?=[\w.[-])/g, () => `://${REDACTED}@`],
  [/(^|[\s=])[\w.+-]{1,64}:[^\s/@"']{1,256}@(?=[\w.-]+(?::\d|\/|$))/g, (_, before) => `${before}${REDACTED}@`],
  [/\b(Bearer|Basic|Digest|ApiKey|Token)\s+(?=[\w.~+/-]{0,512}\d)[\w.~+/-]{6,}=*/g, (_, scheme) => `${scheme} ${REDACTED}`],
  // JSON web tokens, and keys that bear the name of who gave them out.
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, HIDE],
  [
    /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk-|[spr]k_(?:live|test)_|AIza|ya29\.|npm_|hf_|SG\.)(?=[\w.-]{0,512}\d)[\w.-]{16,}/g,
    HIDE,
  ],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDE],
];

const MAIL = /(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}(?!(?:[cm]?[jt]sx?|py|rb|go)\b)[a-z]{2,24}\b/gi;
// Not the digits behind a decimal point, nor a part of an id.
const CARD = /(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-]|\.\d)/g;

const NAMES =
  'password|passwd|pwd|passphrase|passcode|secret|token|api[_-]?key|(?:access|private|secret|account|signing)[_-]?key|credentials?|session[_-]?id|signature|(?<![a-z0-9])(?:pass|pin|otp|cvv|cvc|sid)';

// `password=…`, `"apiKey": "…"`, `?token=…`, also with escaped quotes, as in JSON inside of JSON.
const ASSIGNED = new RegExp(
  `((?:${NAMES})\\\\*["']?\\s{0,3}[:=]\\s{0,3})(?:(\\\\*["'])([^\\n]{1,4096}?)(?:\\2|$|(?=\\n))|([^\\s"'&,;)}\\]\\\\]+))`,
  'gi',
);
const HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie)(\\*["']?\s{0,3}[:=]\s{0,3})(?:(\\*["'])([^\n]*?)(?:\3|$|(?=\n))|([^\n]+))/gi;

// What is said of a password, a token: no value of one.
const SPOKEN =
  /^(?:undefined|null|none|nil|true|false|required|missing|invalid|(?:un)?expected|must|is|was|has|not|should|cannot|can't|string|number|object|function|boolean|array|empty|expired|unknown|wrong|incorrect|and|or|the|an?|for|to|in|of|at|your?)\b|^[<[]/i;
const LIKE_A_VALUE = /\d|[a-z][A-Z]|[^\w\s-]\w|_/;

const assigned: Replace = (whole, before, quote, _quoted, plain) => {
  if (quote !== undefined) return `${before}${quote}${REDACTED}${quote}`;
  if (SPOKEN.test(plain)) return whole;
  const isSentence = /^[a-z]+:\s+$/i.test(before) && !LIKE_A_VALUE.test(plain);
  return isSentence ? whole : `${before}${REDACTED}`;
};

const header: Replace = (_whole, name, between, quote = '', quoted, plain) => {
  const scheme = /^(Bearer|Basic|Digest|ApiKey|Token)\s/i.exec(quoted ?? plain ?? '')?.[0] ?? '';
  return `${name}${between}${quote}${scheme}${REDACTED}${quote}`;
};

// Most texts have nothing of it, and one look for all of it takes a fraction of a look for each.
const HINT = new RegExp(
  `[^\\s/]@\\w|-----BEGIN|eyJ|\\d[ -]?\\d{3}[ -]?\\d{4}|\\b[spr]k[-_]|gh[pousr]_|_pat_|glpat|xox|AIza|ya29|npm_|hf_|SG\\.|A[KS]IA|Bearer |Basic |Digest |ApiKey |Token |(?:${NAMES}|authorization|cookie)\\\\*["']?\\s{0,3}[:=]`,
  'i',
);

/** The text without what looks like a secret: keys, tokens, passwords, e-mail addresses, card numbers. */
export function withoutSecrets(text: string): string {
  if (!HINT.test(text)) return text;
  let rest = text;
  for (const [pattern, replace] of LOOKS) rest = rest.replace(pattern, replace);
  rest = rest.replace(HEADER, header).replace(ASSIGNED, assigned);
  if (rest.includes('@')) rest = rest.replace(MAIL, (mail) => (mail.startsWith('git@') ? mail : REDACTED));
  return rest.replace(CARD, (digits) => (isCardNumber(digits) ? REDACTED : digits));
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
