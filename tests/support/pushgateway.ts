import { ReadyServer } from './ready-server';
import { freePort } from './tcp-servers';

/** A real Prometheus Pushgateway on loopback. */
export class Pushgateway {
  private constructor(
    readonly url: string,
    private readonly server: ReadyServer,
  ) {}

  static async start(): Promise<Pushgateway> {
    const address = `127.0.0.1:${await freePort()}`;
    const url = `http://${address}`;
    const parameters = [`--web.listen-address=${address}`, '--log.level=error'];
    return new Pushgateway(url, await ReadyServer.start(url, 'prometheus-pushgateway', parameters));
  }

  get port(): number {
    return Number(new URL(this.url).port);
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

  stop(): Promise<void> {
    return this.server.stop();
  }
}
