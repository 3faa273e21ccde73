import { ChildProgram } from '../support/child-program';
import { eventually } from '../support/eventually';
import { freePort } from '../support/tcp-servers';
import { APP } from './sample';

/** The sample app on loopback, on free ports, with an environment of the delivered files otherwise. */
export class RunningApp {
  private constructor(
    readonly program: ChildProgram,
    readonly url: string,
    readonly metricsUrl: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async start(given: Readonly<Record<string, string>>): Promise<RunningApp> {
    const [port, metricsPort] = [String(await freePort()), String(await freePort())];
    const env = {
      ...given,
      HOST: '127.0.0.1',
      PORT: port,
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
    };
    const program = ChildProgram.start(APP, { env });
    const app = new RunningApp(program, `http://127.0.0.1:${port}`, `http://127.0.0.1:${metricsPort}`, env);
    await eventually('the app is ready, or has ended', async () => program.ending ?? (await app.#isReady()), 90_000);
    return app;
  }

  async status(path: string, method = 'GET'): Promise<number> {
    return (await fetch(`${this.url}${path}`, { method })).status;
  }

  #isReady(): Promise<boolean> {
    return this.status('/readyz').then(
      (status) => status === 200,
      () => false,
    );
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.metricsUrl}/metrics`)).text();
  }
}
