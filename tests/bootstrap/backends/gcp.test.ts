import { googleCloud } from '../../../src/bootstrap/backends/gcp.js';

const ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const PROJECT = { GOOGLE_CLOUD_PROJECT: 'my-project' };

function google(env: Record<string, string>): { readonly cloud: ReturnType<typeof googleCloud>; readonly warnings: string[] } {
  const warnings: string[] = [];
  return { cloud: googleCloud({ ...PROJECT, ...env }, undefined, (warning) => warnings.push(warning)), warnings };
}

test.each([
  'https://telemetry.googleapis.com',
  'telemetry.googleapis.com:443',
  'https://telemetry-endpoint.p.googleapis.com',
  'https://localhost:4317',
])('%s is shown a token', (endpoint) => {
  const { cloud, warnings } = google({ [ENDPOINT]: endpoint });
  expect(Object.keys(cloud.access('grpc', undefined))).toEqual(['credentials']);
  expect(Object.keys(cloud.access('http', undefined))).toEqual(['headers']);
  expect(warnings).toEqual([]);
});

test('a collector without TLS is not shown a token: it has its own', () => {
  const { cloud, warnings } = google({ [ENDPOINT]: 'http://otel-collector:4317' });
  expect(cloud.access('grpc', undefined)).toEqual({});
  expect(warnings).toEqual([]);
});

test.each(['https://api.honeycomb.io:443', 'https://googleapis.com.example', 'https://notgoogleapis.com'])(
  '%s is not shown a token, and that is said',
  (endpoint) => {
    const { cloud, warnings } = google({ [ENDPOINT]: endpoint });
    expect(cloud.access('grpc', undefined)).toEqual({});
    expect(warnings).toEqual([
      `backend gcp: no token is sent to ${new URL(endpoint).hostname}, which is not Google's; for Google Cloud unset OTEL_EXPORTER_OTLP_ENDPOINT`,
    ]);
  },
);

test.each([
  [{}, 'my-project'],
  [{ GOOGLE_CLOUD_PROJECT: '', GCLOUD_PROJECT: 'older' }, 'older'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'gcp.project_id=listed' }, undefined],
])('the project of %j is %s', (env, project) => {
  expect(google(env as Record<string, string>).cloud.attributes['gcp.project_id']).toBe(project);
});
