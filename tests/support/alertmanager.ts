import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadyServer } from './ready-server';
import { freePort } from './tcp-servers';

/** A real Alertmanager on loopback. */
export class Alertmanager {
  private constructor(
    readonly port: number,
    private readonly server: ReadyServer,
    private readonly folder: string,
  ) {}

  /** @param configuration the text of its file */
  static async start(configuration: string): Promise<Alertmanager> {
    const folder = mkdtempSync(join(tmpdir(), 'toolspan-alertmanager-'));
    const file = join(folder, 'alertmanager.yml');
    writeFileSync(file, configuration);
    const port = await freePort();
    const server = await ReadyServer.start(`http://127.0.0.1:${port}`, 'prometheus-alertmanager', [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // None of its kind to talk to.
      '--cluster.listen-address=',
      '--log.level=error',
    ]);
    return new Alertmanager(port, server, folder);
  }

  /** Once more does no harm. */
  async stop(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
