import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { watchPolls } from '../../../src/bootstrap/backends/sampler-polls.js';
import { Once } from '../../../src/core/once.js';

const servers: Server[] = [];
const watches: (() => void)[] = [];

afterEach(() => {
  for (const stop of watches.splice(0)) stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers with this status, or never. */
async function serve(status: number | undefined): Promise<string> {
  const server = createServer((_, response) => status !== undefined && response.writeHead(status).end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What is said about requests to `url` while `endpoint` is watched. */
function ask(endpoint: string, url: string): { readonly said: string[]; readonly ended: Promise<string> } {
  const said: string[] = [];
  watches.push(watchPolls(endpoint, new Once(() => ({ warn: (message: string) => said.push(message) }))));
  const ended = new Promise<string>((resolve) => {
    const asking = request(url, { method: 'POST' }, (response) =>
      response.resume().on('end', () => resolve(`HTTP ${response.statusCode}`)),
    );
    asking.on('error', ({ message }) => resolve(message)).end();
  });
  return { said, ended };
}

test('a poll that is refused is said, with the status and what to look at', async () => {
  const url = await serve(503);
  const { said, ended } = ask(url, `${url}/GetSamplingRules`);
  expect(await ended).toBe('HTTP 503');
  expect(said).toEqual([expect.stringMatching(/gets no rules from http:\S+ \(HTTP 503\): .*OTEL_TRACES_SAMPLER_ARG=endpoint=/)]);
});

test('a poll that nobody answers ends, and is said', async () => {
  const url = await serve(undefined);
  const { said, ended } = ask(url, `${url}/SamplingTargets`);
  expect(await ended).toBe('no answer within 5 s');
  expect(said).toEqual([expect.stringContaining('(no answer within 5 s)')]);
});

test('a poll that is answered is not spoken of', async () => {
  const url = await serve(200);
  const { said, ended } = ask(url, `${url}/GetSamplingRules`);
  expect(await ended).toBe('HTTP 200');
  expect(said).toEqual([]);
});

test.each(['elsewhere on the same host', 'at another host'])('requests of the application %s are left alone', async (where) => {
  const [url, other] = [await serve(503), await serve(503)];
  const { said, ended } = ask(url, where === 'at another host' ? `${other}/GetSamplingRules` : `${url}/api`);
  expect(await ended).toBe('HTTP 503');
  expect(said).toEqual([]);
});

test('nothing is looked at any more when it has stopped', async () => {
  const url = await serve(503);
  const said: string[] = [];
  watchPolls(url, new Once(() => ({ warn: (message: string) => said.push(message) })))();
  await new Promise((resolve) => request(`${url}/GetSamplingRules`, (response) => response.resume().on('end', resolve)).end());
  expect(said).toEqual([]);
});
