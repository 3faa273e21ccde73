import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ReadyServer } from './ready-server';
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

/** An alert that is pending or fires. */
export interface RaisedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** Rules that are evaluated together. */
export interface EvaluatedGroup {
  readonly name: string;
  /** Milliseconds since 1970 of the last time. */
  readonly evaluatedAt: number;
  /** What went wrong then, by rule. */
  readonly errors: readonly string[];
}

/** What a Prometheus does, apart from being asked. */
export interface PrometheusSetup {
  /** Ports to scrape: by job, then by what the instance is called. */
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Whether it scrapes itself as well, as job `prometheus`. Default false. */
  readonly scrapesItself?: boolean;
  /** Whether the labels `job`, `instance` and `namespace` of what is scraped stay, as of a Pushgateway, or of pods. Default false. */
  readonly honorsLabels?: boolean;
  /** Labels that every target but itself has, as a service discovery gives them. Default: there are none. */
  readonly targetLabels?: Readonly<Record<string, string>>;
  /** Paths of rule files. Default: there are none. */
  readonly ruleFiles?: readonly string[];
  /** Who is told of alerts. Default: nobody. */
  readonly alertmanagerPort?: number;
  /** How often it scrapes and evaluates rules; a scrape may take as long. Default 200ms. */
  readonly interval?: string;
}

/** A real Prometheus on loopback that scrapes ports of this machine. */
export class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly server: ReadyServer,
    private readonly folder: string,
  ) {}

  /** @param target what it does, or the one port that it scrapes */
  static async start(target: number | PrometheusSetup): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'toolspan-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    const address = `127.0.0.1:${await freePort()}`;
    const setup: PrometheusSetup = typeof target === 'number' ? { jobs: { toolspan: { [`127.0.0.1:${target}`]: target } } } : target;
    writeFileSync(config, stringify(configuration(setup, address)));
    const server = await ReadyServer.start(`http://${address}`, 'prometheus', [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--enable-feature=exemplar-storage',
      '--log.level=error',
    ]);
    return new Prometheus(`http://${address}`, server, folder);
  }

  /**
   * The series that PromQL gives.
   * @param at seconds since 1970; default now
   */
  async query(promql: string, at?: number): Promise<Series[]> {
    type Answer = { result: { metric: Record<string, string>; value: [number, string] }[] };
    const { result } = await this.#ask<Answer>('query', { query: promql, ...(at !== undefined && { time: String(at) }) });
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

  /** The alerts that are pending or fire. */
  async alerts(): Promise<RaisedAlert[]> {
    return (await this.#ask<{ alerts: RaisedAlert[] }>('alerts', {})).alerts;
  }

  /** The groups of rules, with how their last evaluation went. */
  async ruleGroups(): Promise<EvaluatedGroup[]> {
    type Answer = { groups: { name: string; lastEvaluation: string; rules: { name: string; health: string; lastError?: string }[] }[] };
    const { groups } = await this.#ask<Answer>('rules', {});
    return groups.map(({ name, lastEvaluation, rules }) => ({
      name,
      evaluatedAt: Date.parse(lastEvaluation),
      errors: rules.filter(({ health }) => health === 'err').map((rule) => `${rule.name}: ${rule.lastError}`),
    }));
  }

  /** Once more does no harm. */
  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ask<T>(what: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${answer.error}`);
    return answer.data;
  }
}

function configuration(setup: PrometheusSetup, self: string): object {
  const {
    jobs,
    scrapesItself = false,
    honorsLabels = false,
    targetLabels = {},
    ruleFiles = [],
    alertmanagerPort,
    interval = '200ms',
  } = setup;
  const targets = Object.entries(jobs).map(([job, instances]): object => ({
    job_name: job,
    honor_labels: honorsLabels,
    static_configs: Object.entries(instances).map(([instance, port]) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { ...targetLabels, instance },
    })),
  }));
  const itself = { job_name: 'prometheus', static_configs: [{ targets: [self], labels: { instance: 'itself' } }] };
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    scrape_configs: scrapesItself ? [...targets, itself] : targets,
    ...(alertmanagerPort !== undefined && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    }),
  };
}
