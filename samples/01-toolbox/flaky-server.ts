import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server that runs. */
export interface FlakyServer {
  readonly url: string;
  /** Answers so far, by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Answers so far that took their time. */
  readonly slow: number;
  close(): void;
}

/** What befalls a request. */
export type Mood = 'well' | 'slow' | 'broken' | 'busy';

/** The same story every 70 requests, so that all runs are alike: a good start, an outage, then some slow answers and two refusals. */
export function moodOf(request: number): Mood {
  const turn = request % 70;
  if (turn >= 24 && turn < 31) return 'broken';
  if (turn === 34 || turn === 46) return 'busy';
  return turn > 31 && turn % 9 === 0 ? 'slow' : 'well';
}

/** Serves the files of a folder that are listed, and nothing else, on a free port of this machine. */
export async function startFlakyServer(folder: string, paths: readonly string[]): Promise<FlakyServer> {
  const served = new Set(paths);
  const answers = new Map<number, number>();
  let requests = 0;
  let slow = 0;

  const answer = async (url: string, response: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname.slice(1));
    const mood = moodOf((requests += 1));
    if (mood === 'broken') return end(response, 503);
    if (mood === 'busy') return end(response.setHeader('Retry-After', 1), 429);
    if (!served.has(path)) return end(response, 404);
    if (mood === 'slow') {
      slow += 1;
      await sleep(300);
    }
    end(response, 200, await readFile(join(folder, path)));
  };

  const end = (response: ServerResponse, status: number, body: string | Buffer = ''): void => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(body);
  };

  const server = createServer((request, response) => {
    answer(request.url ?? '/', response).catch(() => end(response, 500));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    get slow() {
      return slow;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
