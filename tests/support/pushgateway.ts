import { spawn, type ChildProcess } from 'node:child_process';
import { eventually } from './eventually';
import { freePort } from './tcp-servers';

/** A real Prometheus Pushgateway on loopback. */
export class Pushgateway {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Pushgateway> {
    const port = await freePort();
    const child = spawn('prometheus-pushgateway', [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], { stdio: 'ignore' });
    const gateway = new Pushgateway(port, child);
    try {
      await eventually('the Pushgateway is ready', () => gateway.#isReady(), 20_000);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The value of the series of one metric that bears these labels; `undefined` where there is none. */
  async value(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = text
      .split('\n')
      .find(
        (line) => line.startsWith(`${name}{`) && Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
      );
    return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ') + 1));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }

  async #isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }
}
