import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeFile, environmentOf, portsOf } from './compose-file';
import { SAMPLE, textOf, yamlOf } from './sample';
import { withFolder } from './with-folder';

const { services, volumes } = composeFile();
const SERVICES = Object.entries(services);

// Services stand in the order in which data flows through them, and keys in the order in which one reads them.
const ORDER_IS_OURS = { 'service-keys-order': 0, 'services-alphabetical-order': 0, 'top-level-properties-order': 0 } as const;

interface Linter {
  lintFiles(files: readonly string[], isRecursive: boolean): { messages: { rule: string; message: string }[] }[];
}

/** What dclint has to say, the schema of compose files included. */
async function lint(file: string): Promise<string[]> {
  const { DCLinter } = await import('dclint');
  // Its own types are not to be found where its files are.
  const linter: Linter = new DCLinter({ rules: ORDER_IS_OURS, quiet: false, debug: false, exclude: [] });
  return linter.lintFiles([file], false).flatMap(({ messages }) => messages.map(({ rule, message }) => `${rule}: ${message}`));
}

describe('The compose file', () => {
  it('is one by the schema, and the linter has nothing to say against it', async () => {
    expect(await lint(join(SAMPLE, 'compose.yaml'))).toEqual([]);
  });

  it('would not be one with a key that does not exist, or an image that is not pinned', async () => {
    const { folder } = withFolder();
    writeFileSync(join(folder, 'compose.yaml'), textOf('compose.yaml').replace('stop_grace_period:', 'stop_grace:'));
    expect(await lint(join(folder, 'compose.yaml'))).toEqual([expect.stringContaining('invalid-schema')]);
    writeFileSync(join(folder, 'compose.yaml'), textOf('compose.yaml').replace(/prom\/prometheus:\S+/, 'prom/prometheus'));
    expect(await lint(join(folder, 'compose.yaml'))).toEqual([expect.stringContaining('service-image-require-explicit-tag')]);
  });

  it('has every part', () => {
    expect(Object.keys(services)).toEqual(['app', 'otel-collector', 'jaeger', 'prometheus', 'alertmanager', 'alert-receiver', 'grafana']);
  });

  it('pins each image to one version', () => {
    const images = SERVICES.flatMap(([, { image }]) => image ?? []);
    expect(images).toHaveLength(6);
    for (const image of images) expect(image).toMatch(/^[\w/-]+:v?\d+\.\d+\.\d+(-alpine)?$/);
    const stages = Array.from(textOf('Dockerfile').matchAll(/^FROM (\S+)/gm), ([, image]) => image);
    expect(stages).toHaveLength(3);
    expect(new Set(stages).size).toBe(1);
    expect(stages[0]).toMatch(/^node:\d+\.\d+\.\d+-alpine$/);
    expect(images).toContain(stages[0]);
  });

  it('mounts what exists: files and folders beside it, and volumes that it declares', () => {
    const mounts = SERVICES.flatMap(([, service]) => service.volumes ?? []).map((volume) => volume.split(':', 1)[0]!);
    const named = mounts.filter((source) => !source.startsWith('.'));
    expect(mounts.filter((source) => source.startsWith('.') && !existsSync(join(SAMPLE, source)))).toEqual([]);
    expect(named.sort()).toEqual(Object.keys(volumes).sort());
    const { build } = services['app']!;
    expect(existsSync(join(SAMPLE, build!.context, build!.dockerfile))).toBe(true);
    expect(existsSync(join(SAMPLE, build!.context, `${build!.dockerfile}.dockerignore`))).toBe(true);
  });

  it('shows ports to this machine only, and only such as are listened on', () => {
    const published = SERVICES.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, ...port.split(':')] as const));
    expect(published.map(([name, , port]) => `${name} ${port}`)).toEqual(['app 8080', 'jaeger 16686', 'prometheus 9091', 'grafana 3000']);
    for (const [name, host, , port] of published) {
      expect(host).toBe('127.0.0.1');
      expect(portsOf(name)).toContain(Number(port));
    }
  });

  it.each(SERVICES)('gives %s no more than it needs', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
    expect(service.deploy?.resources?.limits).toEqual({ cpus: expect.any(String), memory: expect.stringMatching(/^\d+[MG]$/) });
  });

  it('looks after the health of each service, the collector excepted, in whose image there is nothing to do it with', () => {
    const unwatched = SERVICES.filter(([, { healthcheck }]) => !healthcheck).map(([name]) => name);
    expect(unwatched).toEqual(['otel-collector']);
    // Of a service whose health nobody tells, only the start can be waited for.
    for (const [, { depends_on: needed = {} }] of SERVICES) {
      for (const [name, { condition }] of Object.entries(needed)) {
        expect(Object.keys(services)).toContain(name);
        if (!services[name]!.healthcheck) expect(condition).toBe('service_started');
      }
    }
  });

  it('gives the app an environment in which it can be scraped from outside, and the time to end', () => {
    const env = environmentOf('app');
    expect(env['OTEL_EXPORTER_PROMETHEUS_HOST']).toBe('0.0.0.0');
    expect(portsOf('app')).toContain(Number(env['OTEL_EXPORTER_PROMETHEUS_PORT']));
    expect(parseInt(services['app']!.stop_grace_period!, 10)).toBeGreaterThan(15);
  });
});

describe('Every address in the files', () => {
  /** All `host:port` of a service, wherever they stand. */
  function addresses(text: string): string[] {
    const withoutComments = text.replaceAll(/^\s*#.*$|\s#\s.*$/gm, '');
    return Array.from(withoutComments.matchAll(/\b([a-z][a-z-]*):(\d{4,5})\b/g), ([address]) => address);
  }

  const files = [
    'compose.yaml',
    'collector/config.yaml',
    'prometheus/prometheus.yml',
    ...filesBelow('grafana/provisioning'),
    ...filesBelow('alertmanager'),
  ];

  it.each(files)('is that of a service that listens there: %s', (file) => {
    for (const address of addresses(textOf(file))) {
      const [host, port] = address.split(':') as [string, string];
      if (host === 'localhost') continue;
      expect(Object.keys(services)).toContain(host);
      expect([address, portsOf(host)]).toEqual([address, expect.arrayContaining([Number(port)])]);
    }
  });

  it('is found where it must be', () => {
    expect(addresses(textOf('collector/config.yaml'))).toEqual(['jaeger:4317']);
    expect(environmentOf('app')['OTEL_EXPORTER_OTLP_ENDPOINT']).toBe('http://otel-collector:4317');
  });
});

describe('The collector’s configuration', () => {
  interface Collector {
    readonly receivers: object;
    readonly processors: object;
    readonly exporters: object;
    readonly extensions: object;
    readonly service: {
      readonly extensions: string[];
      readonly pipelines: Record<string, { receivers: string[]; processors: string[]; exporters: string[] }>;
    };
  }
  const config = yamlOf<Collector>('collector/config.yaml');
  const pipelines = Object.values(config.service.pipelines);

  it('uses what it defines, and defines what it uses', () => {
    const used = (part: 'receivers' | 'processors' | 'exporters'): string[] => [
      ...new Set(pipelines.flatMap((pipeline) => pipeline[part])),
    ];
    for (const part of ['receivers', 'processors', 'exporters'] as const)
      expect(used(part).sort()).toEqual(Object.keys(config[part]).sort());
    expect(config.service.extensions).toEqual(Object.keys(config.extensions));
  });

  it('limits memory first and batches last, in every pipeline', () => {
    for (const { processors } of pipelines) expect(processors).toEqual(['memory_limiter', 'batch']);
  });

  it('sends traces to Jaeger over OTLP, and offers metrics to Prometheus', () => {
    expect(config.service.pipelines).toMatchObject({ traces: { exporters: ['otlp_grpc/jaeger'] }, metrics: { exporters: ['prometheus'] } });
    expect(config.exporters).toMatchObject({ 'otlp_grpc/jaeger': { endpoint: 'jaeger:4317' }, prometheus: { endpoint: '0.0.0.0:8889' } });
  });

  it('is mounted where the collector looks for it', () => {
    const { command, volumes: mounted } = services['otel-collector']!;
    expect(mounted).toEqual([`./collector/config.yaml:${command![0]!.replace('--config=', '')}:ro`]);
  });
});

function filesBelow(folder: string): string[] {
  if (!existsSync(join(SAMPLE, folder))) return [];
  const found = readdirSync(join(SAMPLE, folder), { recursive: true, encoding: 'utf8' });
  return found
    .filter((file) => /\.ya?ml$/.test(file) && readFileSync(join(SAMPLE, folder, file)).length > 0)
    .map((file) => join(folder, file));
}
