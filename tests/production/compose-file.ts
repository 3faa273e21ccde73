import { textOf, yamlOf } from './sample';

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly resources?: { readonly limits?: { readonly memory?: string; readonly cpus?: string } } };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export function composeFile(): ComposeFile {
  return yamlOf<ComposeFile>('compose.yaml');
}

/** The environment of a service as compose hands it on, with `${NAME:-default}` at its default. */
export function environmentOf(service: string): Record<string, string> {
  const { environment = {} } = composeFile().services[service]!;
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value).replace(/\$\{\w+:-(.*?)\}/g, '$1')]));
}

/** Ports on which a service listens within the network: those of our own files as the files say, those of other images as their makers say. */
export function portsOf(service: string): number[] {
  const known: Readonly<Record<string, () => number[]>> = {
    app: () => Array.from(/^EXPOSE (.*)$/m.exec(textOf('Dockerfile'))![1]!.split(' '), Number),
    'otel-collector': () =>
      Array.from(textOf('collector/config.yaml').matchAll(/(?:0\.0\.0\.0:|^ +port: )(\d+)$/gm), ([, port]) => Number(port)),
    jaeger: () => [4317, 4318, 16686, 8888, 13133],
    prometheus: () => [9090],
    alertmanager: () => [9093],
    'alert-receiver': () => [8080],
    grafana: () => [3000],
  };
  return known[service]?.() ?? [];
}
