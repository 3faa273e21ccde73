import { read, type Environment } from '../environment.js';

/** The host of the Datadog agent, where Datadog's own variables name one. */
export function agentHost(env: Environment): string | undefined {
  const url = read(env, 'DD_TRACE_AGENT_URL');
  const host = url !== undefined && URL.canParse(url) ? new URL(url).hostname : '';
  return host || bracketed(read(env, 'DD_AGENT_HOST'));
}

/** An IPv6 address stands in brackets in a URL. */
function bracketed(host: string | undefined): string | undefined {
  return host?.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

// What Datadog calls by a name of its own.
const RENAMED: Readonly<Record<string, readonly string[]>> = {
  env: ['deployment.environment.name', 'deployment.environment'],
  version: ['service.version'],
  service: [], // the name of the service has an order of its own
};

/** `DD_TAGS` as attributes of the resource: `key:value` pairs, separated by commas or by spaces. */
export function tagAttributes(env: Environment): Record<string, string> {
  const tags = read(env, 'DD_TAGS') ?? '';
  const pairs = tags.split(tags.includes(',') ? ',' : /\s+/).map((pair) => pair.trim());
  const entries = pairs.flatMap((pair) => {
    const colon = pair.indexOf(':');
    const [key, value] = [pair.slice(0, Math.max(colon, 0)).trim(), pair.slice(colon + 1).trim()];
    return key === '' || value === '' ? [] : (RENAMED[key] ?? [key]).map((name) => [name, value] as const);
  });
  return Object.fromEntries(entries);
}
