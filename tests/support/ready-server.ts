import { spawn, type ChildProcess } from 'node:child_process';
import { eventually } from './eventually';

/** A server of Prometheus's family in a process of its own: they all say at `/-/ready` when they are. */
export class ReadyServer {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves once it is ready at this address; rejects, with it ended, where that takes too long. */
  static async start(url: string, command: string, parameters: readonly string[]): Promise<ReadyServer> {
    const server = new ReadyServer(spawn(command, parameters, { stdio: 'ignore' }));
    try {
      await eventually(`${command} is ready`, () => isReady(url), 20_000);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Once more does no harm. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}
