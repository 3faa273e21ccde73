import { headersIn, secretsIn, withoutThese } from '../../src/doctor/headers.js';

test('of headers, names and variables are known, of both variables', () => {
  const env = { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc, x-team = shop', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'api-key=def' };
  expect(headersIn(env)).toEqual({
    names: ['api-key', 'x-team'],
    sources: ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'OTEL_EXPORTER_OTLP_HEADERS'],
    broken: 0,
  });
});

test.each([
  ['no equals sign', 'Bearer abc'],
  ['no value', 'api-key='],
  ['no name', '=abc'],
  ['a semicolon, which cuts the value', 'cookie=a=b;c=d'],
  ['a percent sign that is none', 'api-key=100%'],
])('an entry with %s is broken', (_, OTEL_EXPORTER_OTLP_HEADERS) => {
  expect(headersIn({ OTEL_EXPORTER_OTLP_HEADERS })).toMatchObject({ names: [], broken: 1 });
});

test('values of headers of every signal are secrets, decoded, part by part, and whole entries that cannot be read', () => {
  const secrets = secretsIn({
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20tok-1,stray-token',
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x=tok-2 tok-3',
  });
  const text = 'Bearer tok-1; Bearer%20tok-1; stray-token; tok-2 tok-3; tok-3';
  expect(withoutThese(text, secrets)).toBe('***; ***; ***; ***; ***');
});

test('passwords in addresses are secrets, wherever they stand', () => {
  expect(withoutThese('to https://user:pa55@host:4317/x and http://token@other', [])).toBe(
    'to https://***@host:4317/x and http://***@other',
  );
  expect(withoutThese('user:pa55 was refused', secretsIn({ http_proxy: 'http://user:pa55@proxy' }))).toBe('*** was refused');
});
