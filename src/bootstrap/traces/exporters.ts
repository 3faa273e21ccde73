import type { Faults } from '../../telemetry/faults.js';
import type { Explain } from '../../core/logger.js';
import type { Once } from '../../core/once.js';
import { LONGEST_TIMEOUT_MS, systemClock } from '../../core/clock.js';
import { withoutSecrets } from '../../core/secrets.js';
import { messageOf } from '../../core/thrown.js';
import { BatchProcessor, type BatchSettings } from './batch-processor.js';
import { ConsoleProcessor } from './console-processor.js';
import { checkOtlpSettings } from '../backends/certificates.js';
import type { Backend } from '../backends/backend.js';
import { endpointFor, type Transport } from '../backends/endpoint.js';
import type { GoogleCloud } from '../backends/gcp.js';
import { givenEndpoint, read, readList, readWhole, type Complain, type Environment } from '../environment.js';
import { loadGrpcExporter, loadSdkExporter, type ExporterClass, type ExporterOptions } from '../packages/exporters.js';
import type { Loaded } from '../packages/load.js';
import type { SpanExporter, SpanProcessor } from '../packages/opentelemetry.js';

/** What the processors are made with. */
export interface ExporterDeps {
  readonly env: Environment;
  readonly complain: Complain;
  readonly explain?: Explain | undefined;
  readonly faults: Faults;
  readonly once: Once;
  readonly untraced: (run: () => void) => void;
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly backend?: Backend | undefined;
  /** Where that is the backend. */
  readonly google?: GoogleCloud | undefined;
}

/** Whether the environment asks for OTLP over gRPC, as it does unless it says otherwise. */
export function usesGrpc(env: Environment): boolean {
  const asked = readList(env, 'OTEL_TRACES_EXPORTER');
  return (asked.length === 0 || asked.includes('otlp')) && !(protocolOf(env) in HTTP_EXPORTERS);
}

/** The protocol of OTLP, as the environment names it. */
export function protocolOf(env: Environment): string {
  return read(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read(env, 'OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'grpc';
}

/** The span processors that the environment asks for: OTLP over gRPC unless it says otherwise. */
export function processorsFromEnvironment(deps: ExporterDeps): SpanProcessor[] {
  return exporterNames(deps.env)
    .map((name) => processorNamed(name, deps))
    .filter((processor) => processor !== undefined);
}

/** Which exporters the environment asks for, each once; none for `none`. */
export function exporterNames(env: Environment): string[] {
  const asked = new Set(readList(env, 'OTEL_TRACES_EXPORTER'));
  if (asked.size === 0) asked.add('otlp');
  return asked.has('none') ? [] : [...asked];
}

/** A batch processor in front of an exporter, with the environment's `OTEL_BSP_*`. */
export function batched(exporter: SpanExporter, deps: ExporterDeps): BatchProcessor {
  return new BatchProcessor(batchSettings(deps), { ...deps, exporter, now: () => systemClock.now() });
}

function processorNamed(name: string, deps: ExporterDeps): SpanProcessor | undefined {
  if (name === 'console') return consoleProcessor(deps);
  const exporter = exporterNamed(name, deps);
  return exporter && batched(exporter, deps);
}

/** The exporter that `OTEL_TRACES_EXPORTER` means by a name; what stands in its way is complained about. */
export function exporterNamed(name: string, deps: ExporterDeps): SpanExporter | undefined {
  if (name === 'otlp') return otlpExporter(deps);
  if (name === 'zipkin') return create(loadSdkExporter('@opentelemetry/exporter-zipkin', 'ZipkinExporter'), {}, deps);
  deps.complain(`OTEL_TRACES_EXPORTER: ${name} is not known; known are otlp, console, zipkin, none`);
  return undefined;
}

function consoleProcessor({ stderr, env }: ExporterDeps): ConsoleProcessor {
  const colour = stderr.isTTY === true && read(env, 'NO_COLOR') === undefined;
  return new ConsoleProcessor({ colour, write: (text) => void stderr.write(text) });
}

// Half of OpenTelemetry's default: an export under way when the program ends holds its exit until it is answered.
const EXPORT_TIMEOUT_MS = 5_000;

function otlpExporter(deps: ExporterDeps): SpanExporter | undefined {
  const { env, complain } = deps;
  const protocol = protocolOf(env);
  const isTimeoutGiven = ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'].some((name) => read(env, name) !== undefined);
  const timeout = isTimeoutGiven ? {} : { timeoutMillis: EXPORT_TIMEOUT_MS };
  checkOtlpSettings(env, complain);
  const overHttp = HTTP_EXPORTERS[protocol];
  if (overHttp) return create(loadSdkExporter(overHttp, 'OTLPTraceExporter'), { ...timeout, ...destination('http', deps) }, deps);
  if (protocol !== 'grpc') {
    complain(
      `OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not known, grpc is used; known are grpc, ${Object.keys(HTTP_EXPORTERS).join(', ')}`,
    );
  }
  return create(loadGrpcExporter(), { ...timeout, ...destination('grpc', deps) }, deps);
}

/** Where to, as far as the exporter does not know, and with what credentials. */
function destination(transport: Transport, { env, backend, google, complain, explain }: ExporterDeps): ExporterOptions {
  const endpoint = endpointFor(transport, env, backend, complain);
  explain?.(
    `traces go over ${transport === 'grpc' ? 'gRPC' : 'HTTP'} to ${withoutSecrets(endpoint?.url ?? endpointAsGiven(transport, env))}`,
  );
  return { ...endpoint, ...google?.access(transport, endpoint?.url) };
}

/** Where the exporter sends to by itself. */
function endpointAsGiven(transport: Transport, env: Environment): string {
  const given = givenEndpoint(env);
  return given ? `${given.value} (${given.name})` : `localhost:${transport === 'grpc' ? 4317 : 4318} (default)`;
}

const HTTP_EXPORTERS: Readonly<Record<string, string>> = {
  'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
  'http/json': '@opentelemetry/exporter-trace-otlp-http',
};

function create(
  { module: Exporter, problem }: Loaded<ExporterClass>,
  options: ExporterOptions,
  { complain }: ExporterDeps,
): SpanExporter | undefined {
  if (!Exporter) {
    complain(`no traces are exported: ${problem}`, 'package');
    return undefined;
  }
  try {
    return new Exporter(options);
  } catch (error) {
    // gRPC shows the value of a header that it does not take, and that is a secret more often than not.
    const reason = messageOf(error).replace(/^Metadata string value ".*"/s, 'the value of a header');
    complain(`no traces are exported: the exporter does not take its settings from the environment (${reason})`);
    return undefined;
  }
}

const MOST = Number.MAX_SAFE_INTEGER;

/** The limits of batches that the environment asks for. */
export function batchSettings({ env, complain }: Pick<ExporterDeps, 'env' | 'complain'>): BatchSettings {
  const maxQueueSize = readWhole(env, 'OTEL_BSP_MAX_QUEUE_SIZE', 1, MOST, complain) ?? 2_048;
  return {
    maxQueueSize,
    maxExportBatchSize: Math.min(readWhole(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 1, MOST, complain) ?? 512, maxQueueSize),
    scheduledDelayMillis: readWhole(env, 'OTEL_BSP_SCHEDULE_DELAY', 0, LONGEST_TIMEOUT_MS, complain) ?? 5_000,
    exportTimeoutMillis: readWhole(env, 'OTEL_BSP_EXPORT_TIMEOUT', 1, LONGEST_TIMEOUT_MS, complain) ?? 30_000,
  };
}
