import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually';
import { freePort } from './tcp-servers';

/** One series of an answer to an instant query. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An exemplar as Prometheus has stored it. */
export interface StoredExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly series: Readonly<Record<string, string>>;
}

/** A real Prometheus on loopback that scrapes one port of this machine. */
export class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** `honorLabels`: the labels `job` and `instance` of what is scraped stay, as of a Pushgateway. */
  static async start(targetPort: number, scrapeInterval = '200ms', honorLabels = false): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'toolspan-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, configuration(targetPort, scrapeInterval, honorLabels));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--enable-feature=exemplar-storage',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(`http://${address}`, child, folder);
    try {
      await eventually('Prometheus is ready', () => prometheus.#isReady(), 20_000);
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  /** The series that PromQL gives now. */
  async query(promql: string): Promise<Series[]> {
    type Answer = { result: { metric: Record<string, string>; value: [number, string] }[] };
    const { result } = await this.#ask<Answer>('query', { query: promql });
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The one value that PromQL gives now; `undefined` where it gives none. */
  async value(promql: string): Promise<number | undefined> {
    const series = await this.query(promql);
    if (series.length > 1) throw new Error(`${promql} gives ${series.length} series`);
    return series[0]?.value;
  }

  /** Exemplars of the last five minutes. */
  async exemplars(selector: string): Promise<StoredExemplar[]> {
    type Answer = { seriesLabels: Record<string, string>; exemplars: { labels: Record<string, string>; value: string }[] }[];
    const now = Date.now() / 1_000;
    const answer = await this.#ask<Answer>('query_exemplars', { query: selector, start: String(now - 300), end: String(now + 1) });
    return answer.flatMap(({ seriesLabels, exemplars }) =>
      exemplars.map(({ labels, value }) => ({ labels, value: Number(value), series: seriesLabels })),
    );
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }

  async #ask<T>(what: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data;
  }
}

function configuration(port: number, interval: string, honorLabels: boolean): string {
  return `global:
  scrape_interval: ${interval}
  scrape_timeout: ${interval}
scrape_configs:
  - job_name: toolspan
    honor_labels: ${honorLabels}
    static_configs:
      - targets: ['127.0.0.1:${port}']
`;
}
