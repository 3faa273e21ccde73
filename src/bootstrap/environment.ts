/** The environment, handed in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Takes down what could not be used, and why. `about`: it is a package that is missing, said together with others. */
export type Complain = (warning: string, about?: 'package') => void;

/** A variable's value, trimmed; empty counts as not set, as OpenTelemetry has it. */
export function read(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** A comma-separated list. */
export function readList(env: Environment, name: string): string[] {
  return (read(env, name) ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function isTrue(env: Environment, name: string): boolean {
  return read(env, name)?.toLowerCase() === 'true';
}

/** A whole number within bounds; what is none is a warning, and not set. */
export function readWhole(env: Environment, name: string, least: number, most: number, complain: Complain): number | undefined {
  const value = read(env, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  complain(`${name}=${value} is not used: it must be a whole number from ${least} to ${most}`);
  return undefined;
}

const SAMPLERS = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'];

/** Complains about a sampler that the SDK does not know, and would silently replace by one that samples everything. */
export function checkSampler(env: Environment, complain: Complain): void {
  const sampler = read(env, 'OTEL_TRACES_SAMPLER');
  if (sampler === undefined) return;
  if (!SAMPLERS.includes(sampler)) {
    complain(`OTEL_TRACES_SAMPLER=${sampler} is not known, so every trace is sampled; known are: ${[...SAMPLERS, 'xray'].join(', ')}`);
    return;
  }
  if (!sampler.endsWith('traceidratio')) return;
  const ratio = read(env, 'OTEL_TRACES_SAMPLER_ARG');
  if (ratio === undefined || !(Number(ratio) >= 0 && Number(ratio) <= 1)) {
    complain(`OTEL_TRACES_SAMPLER_ARG=${ratio ?? ''} is not a number from 0 to 1, so every trace is sampled`);
  }
}

/** Complains about an endpoint that gRPC will not use as it stands; says whether it can be used at all. */
export function checkGrpcEndpoint(env: Environment, complain: Complain, signal?: 'traces' | 'metrics'): boolean {
  const given = givenEndpoint(env, signal);
  if (!given) return true;
  const { name, value: endpoint } = given;
  const hasScheme = /^\w{1,8}:\/\//.test(endpoint);
  const url = hasScheme ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(url)) {
    complain(`${name}=${endpoint} is not a URL; http://localhost:4317 is used`);
    return false;
  }
  if (!hasScheme && !isTrue(env, 'OTEL_EXPORTER_OTLP_INSECURE')) {
    complain(`${name}=${endpoint} has no scheme, so TLS is used; for a plain connection write http://${endpoint}`);
  }
  if (hasPath(new URL(url))) {
    complain(
      `${name}=${endpoint} has a path, which gRPC ignores; write ${new URL(url).origin}, or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
    );
  }
  return true;
}

/** The endpoint that the environment gives, and the variable that does: what is meant for one signal alone comes first. */
export function givenEndpoint(
  env: Environment,
  signal: 'traces' | 'metrics' = 'traces',
): { readonly name: string; readonly value: string } | undefined {
  const names = [`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const name = names.find((candidate) => read(env, candidate) !== undefined);
  return name === undefined ? undefined : { name, value: read(env, name)! };
}

function hasPath({ protocol, pathname }: URL): boolean {
  return protocol !== 'unix:' && pathname !== '/' && pathname !== '';
}
