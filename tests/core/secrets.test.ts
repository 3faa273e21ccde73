import { isSecretKey, withoutSecrets } from '../../src/core/secrets';

test.each([
  ['connect failed: postgres://me:hunter2@db:5432/x', 'connect failed: postgres://[REDACTED]@db:5432/x'],
  ['unknown user bob.smith+x@mail.example.com', 'unknown user [REDACTED]'],
  ['Authorization: Bearer abcdefghijk.lmn_op', 'Authorization: Bearer [REDACTED]'],
  ['GET https://api.example.com/x?api_key=abc&page=1 gave 404', 'GET https://api.example.com/x?api_key=[REDACTED]&page=1 gave 404'],
  ['{"clientSecret": "abc123", "n": 1}', '{"clientSecret": "[REDACTED]", "n": 1}'],
  ['wrong password=hunter2', 'wrong password=[REDACTED]'],
  ['x-api-key: zzz', 'x-api-key: [REDACTED]'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln rejected', 'jwt [REDACTED] rejected'],
  ['key sk-proj-abcdefghijklmnop1234 is revoked', 'key [REDACTED] is revoked'],
  ['ghp_abcdefghijklmnopqrstuvwxyz0123456789', '[REDACTED]'],
  ['AKIAIOSFODNN7EXAMPLE', '[REDACTED]'],
  ['card 4111 1111 1111 1111 declined', 'card [REDACTED] declined'],
  ['amex 378282246310005', 'amex [REDACTED]'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY----- follows', '[REDACTED] follows'],
  ['-----BEGIN PRIVATE KEY-----\nMIIabc and no end', '[REDACTED]'],
  [String.raw`{\"token\":\"abc123def456\"}`, String.raw`{\"token\":\"[REDACTED]\"}`],
  ["password='correct horse battery' is wrong", "password='[REDACTED]' is wrong"],
  ['{"password":"two words", "n":1}', '{"password":"[REDACTED]", "n":1}'],
  ['Authorization: Token 9944b0', 'Authorization: Token [REDACTED]'],
  ['{"authorization":"Bearer abcdefg1","n":2}', '{"authorization":"Bearer [REDACTED]","n":2}'],
  ['Cookie: lang=en; session=s3cr3t', 'Cookie: [REDACTED]'],
  ['postgres://u:p@ss@h/db', 'postgres://[REDACTED]@h/db'],
  ['collector u:secretpw@h:4317', 'collector [REDACTED]@h:4317'],
  ['DB_PASS=abc and pin=1234', 'DB_PASS=[REDACTED] and pin=[REDACTED]'],
  ['AccountKey=abc==', 'AccountKey=[REDACTED]'],
  ['Bearer abc123', 'Bearer [REDACTED]'],
  ['-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nMIIabc\n-----END RSA PRIVATE KEY----- follows', '[REDACTED] follows'],
])('%j is told as %j', (text, told) => {
  expect(withoutSecrets(text)).toBe(told);
});

test.each([
  'HTTP 429 Too Many Requests',
  'Invalid token: expected string, got number',
  'token: unexpected end of input',
  'password: required',
  'comes without a token: google-auth-library is not installed',
  'Error: token=undefined',
  'Basic authentication required',
  'Bearer authentication failed',
  'npm_config_registry_something_long',
  'at foo (pkg@npm.js:1:2)',
  'git@github.com:a/b.git',
  'd1f2a3b4-0000-4000-8000-412345678901',
  'http://a:80/x?email=none',
  'a task-force, risk-free',
  '{"duration_ms":0.4111111111111111,"of":4111111111111111.5}',
  'Unexpected token < in JSON at position 0',
  'at Object.<anonymous> (/app/node_modules/@scope/name/dist/index.js:10:5)',
  'lru-cache@11.5.3 needs node@20',
  'at 1732834194000, after 250 ms',
  'order 4111 1111 1111 1112',
  'max_tokens: 100',
  'Token bucket is empty',
  'connect ECONNREFUSED 127.0.0.1:4317',
  'd1f2a3b4-0000-4000-8000-123456789012',
])('%j is no secret', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test('what is told already is not told otherwise the second time', () => {
  for (const text of ['password=hunter2', 'Authorization: Basic dXNlcjpwYXNz', 'https://a:b@c/d', '"token":"abcdefgh"']) {
    const told = withoutSecrets(text);
    expect(withoutSecrets(told)).toBe(told);
  }
});

test.each([
  'password',
  'newPassword',
  'api_key',
  'apiKey',
  'X-Api-Key',
  'Authorization',
  'set-cookie',
  'accessToken',
  'client_secret',
  'userEmail',
  'card_number',
  'PIN',
  'tokens',
  'apiKeys',
  'password1',
  'accesstoken',
  'APIToken',
  'db_pass',
  'session',
])('%s is the key of a secret', (key) => expect(isSecretKey(key)).toBe(true));

test.each([
  'maxTokens',
  'max_tokens',
  'total_tokens',
  'compass',
  'sidebar',
  'authority',
  'tokenCount',
  'author',
  'passenger',
  'pinned',
  'discard',
  'key',
  'query',
  'cookieless',
])('%s is not', (key) => expect(isSecretKey(key)).toBe(false));

test.each(['a', 'a@', 'aa.', '-', '4 ', 'eyJ', 'password', 'https://a:', '://a:', 'token=', 'Bearer ', '-----BEGIN '])(
  'a long text made of %j takes no longer than its length is worth',
  (piece) => {
    // Twice the text must not take four times the steps; by counts of time alone that would flake, so the bound is a wide one.
    const text = piece.repeat(200_000 / piece.length);
    const startedAt = performance.now();
    withoutSecrets(`${text} bob@example.com`);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  },
);
