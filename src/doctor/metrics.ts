import { metricSettings } from '../bootstrap/deliveries/metric-exporter.js';
import { pushgatewayFrom } from '../bootstrap/deliveries/pushgateway.js';
import { read, readList, readWhole } from '../bootstrap/environment.js';
import { checkPushgateway } from '../bootstrap/option-rules.js';
import type { Sourced } from '../bootstrap/resource.js';
import { LONGEST_TIMEOUT_MS } from '../core/clock.js';
import { portAddress } from '../bootstrap/endpoint/serve.js';
import { memberOf, messageOf } from '../core/thrown.js';
import { backendOf } from './backends.js';
import type { Address } from './network.js';
import { check, judged, type Check, type Finding } from './report.js';
import { complaintsOf, setting } from './settings.js';
import { isContained, isLoopback, type Surroundings } from './surroundings.js';

const PORT = 'OTEL_EXPORTER_PROMETHEUS_PORT';
const HOST = 'OTEL_EXPORTER_PROMETHEUS_HOST';

/** Where metrics would be served, and whether they could be. */
export async function checkMetrics(surroundings: Surroundings): Promise<Check[]> {
  const { env } = surroundings;
  if (read(env, 'OTEL_METRICS_EXPORTER') === 'none') {
    const detail = 'metrics are switched off with toolspan/register; setupObservability() starts them unless told not to';
    return [check('metrics.server', 'metrics', { status: 'warning', value: 'none', source: 'OTEL_METRICS_EXPORTER', detail })];
  }
  const elsewhere = sentElsewhere(env);
  if (elsewhere) return [...unknownExporters(env), check('metrics.server', 'metrics', elsewhere)];
  let address: Address = { host: '', port: 0 };
  const complaints = complaintsOf((complain) => (address = portAddress({}, env, complain)));
  const { host, port } = address;
  const portSource = complaints.length > 0 ? 'default' : setting(env, [PORT], '').source;
  return [
    ...unknownExporters(env),
    check('metrics.port', 'port', judged({ value: String(port), source: portSource }, complaints)),
    hostCheck(host, surroundings),
    check('metrics.listen', 'listening', await listenFinding(address, surroundings)),
  ];
}

const NO_SERVER = 'no metrics server starts, unless setupObservability() is given a metricsPort';
const EXPORTERS = ['otlp', 'prometheus', 'none'];

/** Where metrics are sent, no server starts unless the program asks for one. */
function sentElsewhere(env: Surroundings['env']): Finding | undefined {
  const source = 'TOOLSPAN_PUSHGATEWAY_URL';
  const gateway = read(env, source);
  if (gateway !== undefined) return pushedFinding({ value: `pushed to ${gateway}`, source }, env);
  const exporters = readList(env, 'OTEL_METRICS_EXPORTER');
  if (!exporters.includes('otlp') || exporters.includes('prometheus')) return undefined;
  return otlpFinding(env);
}

function pushedFinding(found: Sourced, env: Surroundings['env']): Finding {
  try {
    checkPushgateway(found.source, pushgatewayFrom(env));
    return { status: 'ok', ...found, detail: NO_SERVER };
  } catch (error) {
    return {
      status: 'problem',
      ...found,
      detail: messageOf(error),
      cure: `set ${found.source} to the address of the gateway, such as http://gateway:9091`,
    };
  }
}

function otlpFinding(env: Surroundings['env']): Finding {
  let value = '';
  const complaints = complaintsOf((complain) => {
    const { protocol } = metricSettings(env, { backend: backendOf(env), google: undefined }, complain);
    value = `sent over OTLP (${protocol})`;
    for (const name of ['OTEL_METRIC_EXPORT_INTERVAL', 'OTEL_METRIC_EXPORT_TIMEOUT']) readWhole(env, name, 1, LONGEST_TIMEOUT_MS, complain);
  });
  const finding = judged({ value, source: 'OTEL_METRICS_EXPORTER' }, complaints);
  return complaints.length > 0 ? finding : { ...finding, detail: NO_SERVER };
}

/** Exporters of metrics that nobody knows. */
function unknownExporters(env: Surroundings['env']): Check[] {
  const source = 'OTEL_METRICS_EXPORTER';
  const unknown = readList(env, source).filter((name) => !EXPORTERS.includes(name));
  if (unknown.length === 0) return [];
  const detail = `not known, so nothing is sent to it: ${unknown.join(', ')}`;
  return [
    check('metrics.exporter', 'exporters', {
      status: 'warning',
      value: read(env, source)!,
      source,
      detail,
      cure: `known are ${EXPORTERS.join(', ')}`,
    }),
  ];
}

function hostCheck(host: string, surroundings: Surroundings): Check {
  const found = { value: host, source: setting(surroundings.env, [HOST], '').source };
  if (!isLoopback(host) || !isContained(surroundings)) return check('metrics.host', 'host', { status: 'ok', ...found });
  return check('metrics.host', 'host', {
    status: 'warning',
    ...found,
    detail: 'this is a container, and nobody outside of it can scrape that',
    cure: `set ${HOST}=0.0.0.0`,
  });
}

async function listenFinding(address: Address, surroundings: Surroundings): Promise<Finding> {
  const { host, port } = address;
  const at = `${host}:${port}`;
  try {
    await surroundings.network.listen(address);
    return { status: 'ok', value: port === 0 ? 'any free port' : `${at} is free` };
  } catch (error) {
    const code = memberOf(error, 'code');
    if (code === 'EADDRINUSE') return takenFinding(address, surroundings);
    return { status: 'problem', value: at, ...unlistenable(code, messageOf(error), address, surroundings) };
  }
}

function unlistenable(code: unknown, message: string, { host, port }: Address, { userId }: Surroundings): { detail: string; cure: string } {
  if (code === 'EACCES' && port < 1_024 && userId !== 0) {
    return { detail: `ports below 1024 need privileges, which this user does not have`, cure: `set ${PORT} to one above, e.g. 9464` };
  }
  if (code === 'EADDRNOTAVAIL') return { detail: `${host} is no address of this machine`, cure: `set ${HOST} to 0.0.0.0 or 127.0.0.1` };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { detail: `there is no host ${host}`, cure: `correct ${HOST}` };
  return { detail: `the metrics server could not listen (${message})`, cure: `set ${PORT} or ${HOST} to another one` };
}

/** Somebody listens there: an application of ours, or somebody else. */
async function takenFinding({ host, port }: Address, surroundings: Surroundings): Promise<Finding> {
  const value = `${host}:${port} is taken`;
  const cure = `set ${PORT} to a free one, or 0 for any`;
  const reached = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const body = await pageAt({ host: reached, port }, surroundings);
  if (body === undefined) return { status: 'problem', value, detail: 'by something that serves no metrics', cure };
  if (/^# TYPE tool_\w+ /m.test(body)) {
    return { status: 'ok', value, detail: 'by a metrics server of toolspan: your application runs, it seems' };
  }
  if (/^prometheus_build_info\b/m.test(body))
    return { status: 'problem', value, detail: 'by Prometheus itself, whose own port that is', cure };
  return { status: 'problem', value, detail: 'by something else that serves metrics', cure };
}

const LONGEST_LOOK_MS = 2_000;

async function pageAt(address: Address, { network, timeoutMs }: Surroundings): Promise<string | undefined> {
  try {
    const { status, body } = await network.get(address, '/metrics', Math.min(timeoutMs, LONGEST_LOOK_MS));
    return status === 200 && body.includes('# TYPE ') ? body : undefined;
  } catch {
    return undefined;
  }
}
