import { resolveBackend } from '../../../src/bootstrap/backends/backend.js';
import { checkOtlpSettings } from '../../../src/bootstrap/backends/certificates.js';
import { samplerSettings, usesXraySampler } from '../../../src/bootstrap/backends/xray.js';
import { mappedAttributes } from '../../../src/bootstrap/resource.js';
import type { Complain, Environment } from '../../../src/bootstrap/environment.js';

function complaints<T>(check: (complain: Complain) => T): { readonly said: string[]; readonly result: T } {
  const said: string[] = [];
  return { result: check((warning) => said.push(warning)), said };
}

test('the program’s backend comes before TOOLSPAN_BACKEND, of which another value is a warning', () => {
  const resolve = (env: Environment, asked?: 'xray' | 'gcp') => complaints((complain) => resolveBackend(env, asked, complain));
  expect(resolve({})).toEqual({ result: undefined, said: [] });
  expect(resolve({ TOOLSPAN_BACKEND: ' gcp ' })).toEqual({ result: 'gcp', said: [] });
  expect(resolve({ TOOLSPAN_BACKEND: 'gcp' }, 'xray')).toEqual({ result: 'xray', said: [] });
  expect(resolve({ TOOLSPAN_BACKEND: 'aws' })).toEqual({
    result: undefined,
    said: ['TOOLSPAN_BACKEND=aws is not known, and not used; known are xray, gcp'],
  });
});

describe('The X-Ray sampler', () => {
  const DEFAULTS = { endpoint: 'http://localhost:2000', pollingInterval: 300 };

  it.each([
    [undefined, DEFAULTS],
    ['endpoint=http://agent:2000', { ...DEFAULTS, endpoint: 'http://agent:2000' }],
    ['endpoint=http://agent:2000/', { ...DEFAULTS, endpoint: 'http://agent:2000' }],
    ['polling_interval=30, endpoint = http://agent:2000', { endpoint: 'http://agent:2000', pollingInterval: 30 }],
  ])('takes OTEL_TRACES_SAMPLER_ARG=%s', (argument, settings) => {
    expect(complaints((complain) => samplerSettings({ OTEL_TRACES_SAMPLER_ARG: argument }, complain))).toEqual({
      result: settings,
      said: [],
    });
  });

  it.each([
    ['endpoint=https://agent:2000', 'write endpoint=http://host:2000'],
    ['endpoint=agent:2000', 'write endpoint=http://host:2000'],
    ['polling_interval=5', 'write polling_interval=300 (seconds, at least 10)'],
    ['polling_interval=often', 'write polling_interval=300 (seconds, at least 10)'],
    ['0.5', 'write endpoint=http://host:2000 or polling_interval=300 (seconds, at least 10)'],
  ])('does not take OTEL_TRACES_SAMPLER_ARG=%s, and says what to write', (argument, cure) => {
    expect(complaints((complain) => samplerSettings({ OTEL_TRACES_SAMPLER_ARG: argument }, complain))).toEqual({
      result: DEFAULTS,
      said: [`OTEL_TRACES_SAMPLER_ARG: ${argument} is not used; ${cure}`],
    });
  });

  it('is used where the environment names it, or the backend is X-Ray and nobody names another', () => {
    const sampler = { shouldSample: () => ({ decision: 0 }), toString: () => 'mine' };
    expect(usesXraySampler({}, undefined, {})).toBe(false);
    expect(usesXraySampler({ OTEL_TRACES_SAMPLER: 'xray' }, undefined, {})).toBe(true);
    expect(usesXraySampler({}, 'xray', {})).toBe(true);
    expect(usesXraySampler({ OTEL_TRACES_SAMPLER: 'always_on' }, 'xray', {})).toBe(false);
    expect(usesXraySampler({ OTEL_TRACES_SAMPLER: 'xray' }, 'xray', { sampler })).toBe(false);
  });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_HEADERS: 'a=b%2Cc, d=e=f' }, []],
  [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }, ['OTEL_EXPORTER_OTLP_COMPRESSION=zstd is not known, nothing is compressed']],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=b,secret' },
    ['OTEL_EXPORTER_OTLP_HEADERS: header 2 is not sent: write name=value, and %2C for a comma'],
  ],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=' }, ['OTEL_EXPORTER_OTLP_HEADERS: header 1 (api-key) is not sent: it has no value']],
  [
    { OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: '/nowhere' },
    ['OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE=/nowhere is not used: the file cannot be read (ENOENT'],
  ],
  [{ OTEL_EXPORTER_OTLP_CLIENT_KEY: __filename }, ['OTEL_EXPORTER_OTLP_CLIENT_KEY is not used: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and']],
])('of settings of OTLP %j is said what the exporters pass over in silence', (env, expected) => {
  const { said } = complaints((complain) => checkOtlpSettings(env, complain));
  expect(said).toEqual(expected.map((start) => expect.stringContaining(start)));
  expect(said.join()).not.toContain('secret');
});

test.each([
  ['team:search,region:eu', { team: 'search', region: 'eu' }],
  ['team:search  region:eu', { team: 'search', region: 'eu' }],
  ['url:http://a:1, none:, :none, alone', { url: 'http://a:1' }],
  [
    'env:staging,version:7,service:x',
    { 'deployment.environment.name': 'staging', 'deployment.environment': 'staging', 'service.version': '7' },
  ],
])('DD_TAGS=%s become attributes of the resource', (tags, attributes) => {
  expect(mappedAttributes({ DD_TAGS: tags })).toEqual(attributes);
});

test('variables that stand for one attribute come before DD_TAGS', () => {
  expect(mappedAttributes({ DD_TAGS: 'env:staging,version:7', DD_ENV: 'production', DD_VERSION: '8' })).toMatchObject({
    'deployment.environment.name': 'production',
    'service.version': '8',
  });
});
