import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type Sample } from '../../samples/01-toolbox/metrics';
import type { Tally } from '../../samples/production/app/load';
import { ChildProgram, type Ending } from '../support/child-program';
import { eventually } from '../support/eventually';
import { freePort } from '../support/tcp-servers';
import { APP } from './sample';

const WATCHED = join(__dirname, 'programs', 'watched.mjs');

/** One line of what a watched app wrote down about itself. */
export interface Counts {
  readonly made: number;
  readonly delivered: number;
  readonly heapUsed: number;
  readonly rss: number;
}

/** The sample app in a process of its own, whose spans are counted as they are made and as they are delivered. */
export class WatchedApp {
  private constructor(
    private readonly program: ChildProgram,
    private readonly folder: string,
    private readonly port: number,
    readonly metricsPort: number,
  ) {}

  static async start(folder: string, env: Readonly<Record<string, string>>): Promise<WatchedApp> {
    mkdirSync(folder, { recursive: true });
    const [port, metricsPort] = [await freePort(), await freePort()];
    const ports = { HOST: '127.0.0.1', PORT: String(port), OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort) };
    const program = ChildProgram.start(APP, {
      nodeArguments: ['--expose-gc', '--import', WATCHED],
      env: { WATCH_FOLDER: folder, ...ports, ...env },
    });
    const app = new WatchedApp(program, folder, port, metricsPort);
    await eventually('the app is ready', () => app.isReady(), 120_000);
    return app;
  }

  /** Marks its spans. */
  get run(): string {
    return this.program.run;
  }

  get said(): string {
    return this.program.stderr;
  }

  async isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async setLoad(perSecond: number): Promise<void> {
    await fetch(`http://127.0.0.1:${this.port}/load?perSecond=${perSecond}`, { method: 'PUT' });
  }

  /** What the callers of its tools got, after the last call has ended. */
  async tally(): Promise<Tally> {
    return eventually(
      'the last call has ended',
      async () => {
        const tally = (await (await fetch(`http://127.0.0.1:${this.port}/load`)).json()) as Tally;
        return tally.underWay === 0 && tally;
      },
      60_000,
    );
  }

  async metrics(): Promise<Metrics> {
    return new Metrics(parse(await (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text()));
  }

  /** What it wrote down so far. */
  counts(): Counts[] {
    const lines = readFileSync(join(this.folder, 'counts'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Counts);
  }

  /** Ids of the spans that were in an export that succeeded. */
  acknowledged(): string[] {
    return readFileSync(join(this.folder, 'acknowledged'), 'utf8').split('\n').slice(0, -1);
  }

  async end(): Promise<Ending> {
    this.program.signal('SIGTERM');
    return this.program.ended;
  }
}

/** What `/metrics` said at one moment. */
export class Metrics {
  constructor(private readonly samples: readonly Sample[]) {}

  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const isWanted = (sample: Sample): boolean =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
    return this.samples.filter(isWanted).reduce((sum, { value }) => sum + value, 0);
  }
}
