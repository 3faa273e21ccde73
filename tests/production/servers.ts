import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { stringify } from 'yaml';
import { eventually } from '../support/eventually';
import { yamlOf } from './sample';

/** A server in a process of its own that is stopped and started again, and finds what it had. */
abstract class Restartable {
  #child: ChildProcess | undefined;

  protected abstract spawn(): ChildProcess;
  protected abstract isUp(child: ChildProcess): Promise<unknown>;

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  async start(): Promise<void> {
    if (this.#child) return;
    const child = this.spawn();
    this.#child = child;
    await this.isUp(child);
  }

  /** Ends it by this signal, and waits for the end. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  }

  /** Has it hang: connections stand, and nothing answers. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }
}

/** What takes spans; it appends the ids of those that came to a file. */
export class Collector extends Restartable {
  constructor(
    private readonly port: number,
    readonly file: string,
  ) {
    super();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  protected spawn(): ChildProcess {
    const program = join(__dirname, 'programs', 'collector.mjs');
    return spawn(process.execPath, [program, String(this.port), this.file], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  }

  protected isUp(child: ChildProcess): Promise<unknown> {
    return once(child.stdio[3] as Readable, 'data');
  }
}

interface PrometheusConfig {
  global: Record<string, string>;
  alerting?: unknown;
  rule_files?: unknown;
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}

/** A real Prometheus with the sample's configuration, but for where the apps are and how often they are asked. */
export class SamplePrometheus extends Restartable {
  readonly #config: string;

  constructor(
    private readonly port: number,
    private readonly folder: string,
    targets: readonly string[],
  ) {
    super();
    mkdirSync(folder, { recursive: true });
    const { scrape_configs: jobs } = yamlOf<PrometheusConfig>('prometheus/prometheus.yml');
    const job = jobs.find(({ job_name: name }) => name === 'toolspan')!;
    this.#config = join(folder, 'prometheus.yml');
    const ours = { ...job, static_configs: [{ targets }] };
    writeFileSync(this.#config, stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: [ours] }));
  }

  /** The value of each target, by its address. */
  async values(promql: string): Promise<Record<string, number>> {
    type Answer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
    const response = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query: promql }).toString()}`);
    const { data } = (await response.json()) as Answer;
    return Object.fromEntries(data.result.map(({ metric, value }) => [metric['instance'], Number(value[1])]));
  }

  get #url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  protected spawn(): ChildProcess {
    const storage = `--storage.tsdb.path=${join(this.folder, 'data')}`;
    const address = `--web.listen-address=127.0.0.1:${this.port}`;
    const options = [`--config.file=${this.#config}`, storage, address, '--enable-feature=exemplar-storage', '--log.level=error'];
    return spawn('prometheus', options, { stdio: 'ignore' });
  }

  protected isUp(): Promise<unknown> {
    const isReady = async (): Promise<boolean> => {
      try {
        return (await fetch(`${this.#url}/-/ready`)).ok;
      } catch {
        return false;
      }
    };
    return eventually('Prometheus is ready', isReady, 60_000);
  }
}
