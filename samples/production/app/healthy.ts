import { get } from 'node:http';

/** The image's health check, since there is no curl in it: ends with status 0 if the app answers that it is well. */
const request = get({ port: process.env['PORT'] || 8_080, path: '/healthz', timeout: 4_000 }, ({ statusCode }) => {
  process.exit(statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => request.destroy(new Error('no answer')));
request.on('error', () => process.exit(1));
