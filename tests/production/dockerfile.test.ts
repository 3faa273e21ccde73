import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../packaging/packed';
import { describeWith } from '../support/debian-programs';
import { eventually } from '../support/eventually';
import { OtlpReceiver } from '../support/otlp-receiver';
import { freePort } from '../support/tcp-servers';
import { environmentOf } from './compose-file';
import { buildImage, instructionsIn, open, type Stage } from './image-build';
import { container, manifests } from './manifests';
import { textOf, SAMPLE } from './sample';
import { withFolder } from './with-folder';

// The build installs two sets of packages.
jest.setTimeout(600_000);

const { folder } = withFolder();
let image: Stage;
let app: string;

beforeAll(() => {
  image = buildImage(folder);
  app = join(image.root, image.workdir);
});

describe('The image', () => {
  it('is built by what the Dockerfile says, and holds the app, what it needs, and nothing else', () => {
    expect(readdirSync(app).sort()).toEqual(['app', 'node_modules', 'package.json']);
    expect(readdirSync(join(app, 'app'))).toContain('main.js');
    const packages = readdirSync(join(app, 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['toolspan', 'lru-cache', 'reflect-metadata', 'prom-client', '@opentelemetry']));
    for (const name of ['typescript', 'jest', 'esbuild', 'eslint']) expect(packages).not.toContain(name);
  });

  it('is small: less than 45 MB on top of node', () => {
    expect(bytesIn(app) / 1_000_000).toBeLessThan(45);
  });

  it('runs as a user that is not root, by number, the same as in the Kubernetes manifest', () => {
    const { runAsUser, runAsGroup } = manifests().deployment.spec!.template.spec!.securityContext!;
    expect(image.user).toBe(`${runAsUser}:${runAsGroup}`);
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it('runs node itself, without a shell in front of it, and is stopped by SIGTERM', () => {
    expect(image.command).toEqual(['node', 'app/main.js']);
    expect(image.stopSignal).toBe('SIGTERM');
    expect(image.healthcheck).toEqual(['node', 'app/healthy.js']);
  });

  it('says which ports it listens on: those of the manifest', () => {
    const { rest } = instructionsIn(textOf('Dockerfile')).find(({ name }) => name === 'EXPOSE')!;
    expect(rest.split(' ').map(Number)).toEqual(container().ports!.map(({ containerPort }) => containerPort));
  });
});

describe('What the image installs', () => {
  interface Lock {
    readonly packages: Readonly<Record<string, { version: string; dependencies?: object; integrity?: string; resolved?: string }>>;
  }
  const { dependencies } = JSON.parse(textOf('image/package.json')) as { dependencies: Record<string, string> };
  const lock = JSON.parse(textOf('image/package-lock.json')) as Lock;
  const ours = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: object;
    peerDependencies: Record<string, string>;
  };

  it('is pinned: each version by the package file, and what they need by the lock file', () => {
    const { toolspan, ...others } = dependencies;
    expect(toolspan).toBe('file:toolspan.tgz');
    for (const [name, version] of Object.entries(others))
      expect([name, version]).toEqual([name, lock.packages[`node_modules/${name}`]!.version]);
    const unpinned = Object.entries(lock.packages).filter(
      ([path, { integrity }]) => path !== '' && path !== 'node_modules/toolspan' && !integrity,
    );
    expect(unpinned).toEqual([]);
  });

  it('is every package that toolspan can use with a collector, and toolspan as it is now', () => {
    // It is the collector's business which vendor the traces go to.
    const peers = Object.keys(ours.peerDependencies).filter((name) => !/aws-xray|google/.test(name));
    expect(peers).toHaveLength(4);
    expect(Object.keys(dependencies).sort()).toEqual([...peers, 'toolspan'].sort());
    expect(lock.packages['node_modules/toolspan']).toMatchObject({ version: ours.version, dependencies: ours.dependencies });
    // The tarball is made anew with each build; a hash of it would be wrong with the next.
    expect(lock.packages['node_modules/toolspan']).not.toHaveProperty('integrity');
  });

  it('lies where the Dockerfile looks for it', () => {
    for (const file of ['package.json', 'package-lock.json']) expect(existsSync(join(SAMPLE, 'image', file))).toBe(true);
  });
});

describeWith(['root'], 'A container of it: process 1, not root, on a file system that cannot be written to', () => {
  const running = new Set<ChildProcess>();
  let receiver: OtlpReceiver;

  beforeAll(async () => {
    open(folder);
    receiver = await OtlpReceiver.start();
  });

  afterAll(() => receiver.close());
  afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

  /** Runs a command as a container engine would, with the options that the compose file gives it, but on this machine's files and network. */
  function contained(command: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const [user, group] = image.user!.split(':');
    const asUser = `setpriv --reuid=${user} --regid=${group} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all`;
    const inside = `mount -o remount,bind,ro / && cd ${app} && exec ${asUser} "$@"`;
    const child = spawn('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', inside, 'sh', ...command], {
      env: { PATH: process.env['PATH']!, ...image.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.on('close', () => running.delete(child));
    return child;
  }

  async function endOf(child: ChildProcess): Promise<{ status: number | null; signal: string | null; output: string }> {
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { status, signal, output };
  }

  it('is one indeed', async () => {
    const look = `const fs = require('fs'); let written = true; try { fs.writeFileSync('x', '') } catch (error) { written = error.code }
      process.stdout.write(JSON.stringify([process.pid, process.getuid(), process.getgid(), written]))`;
    const { output } = await endOf(contained(['node', '-e', look], {}));
    expect(JSON.parse(output)).toEqual([1, 10_001, 10_001, 'EROFS']);
  });

  it('starts, is well, serves its metrics, and at SIGTERM delivers its spans and ends with status 0 within the grace period', async () => {
    const [port, metricsPort] = [String(await freePort()), String(await freePort())];
    const run = `container-${process.pid}`;
    const env = {
      ...environmentOf('app'),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl,
      OTEL_EXPORTER_PROMETHEUS_PORT: metricsPort,
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
      OTEL_RESOURCE_ATTRIBUTES: `test.run=${run}`,
      // Left to itself the queue would wait a minute: what arrives was delivered at the end.
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      LOAD_PER_SECOND: '20',
      HOST: '127.0.0.1',
      PORT: port,
    };
    const child = contained(image.command, env);
    const ended = endOf(child);
    const isHealthy = (): boolean =>
      spawnSync(process.execPath, image.healthcheck.slice(1), { cwd: app, env: { ...process.env, PORT: port } }).status === 0;
    await eventually('it is well', isHealthy, 120_000);
    const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    await eventually(
      'calls are counted',
      async () => /^tool_executions_total\{tool="search".*"success"\} [1-9]/m.test(await metrics()),
      30_000,
    );
    expect(receiver.spansOf({ run })).toEqual([]);

    const signalledAt = performance.now();
    process.kill(firstIn(child), 'SIGTERM');
    const { status, signal, output } = await ended;
    expect({ status, signal, output }).toEqual({ status: 0, signal: null, output: '' });
    expect(performance.now() - signalledAt).toBeLessThan(15_000);
    const names = receiver.spansOf({ run }).map(({ attributes }) => attributes['gen_ai.tool.name']);
    for (const tool of ['search', 'price', 'pay', 'notify']) expect(names).toContain(tool);
  });
});

/** The process that is process 1 inside, by its number out here. */
function firstIn({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

function bytesIn(path: string): number {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
