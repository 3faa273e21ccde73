import type { Environment } from '../bootstrap/environment.js';
import { googleCloud } from '../bootstrap/backends/gcp.js';
import { exporterNamed, type ExporterDeps } from '../bootstrap/traces/exporters.js';
import {
  loadApi,
  type OpenTelemetryApi,
  type ReadableSpan,
  type ResourceAttributes,
  type SpanExporter,
} from '../bootstrap/packages/opentelemetry.js';
import { loadTestTracing, type TestTracing } from '../bootstrap/packages/test-tracing.js';
import { mappedAttributes } from '../bootstrap/resource.js';
import type { Clock } from '../core/clock.js';
import { Once } from '../core/once.js';
import { memberOf, messageOf } from '../core/thrown.js';
import { TRACER_NAME } from '../telemetry/catalogue.js';
import { Faults } from '../telemetry/faults.js';
import { VERSION } from '../version.js';
import { backendOf } from './backends.js';

/** What came of sending a span. */
export interface Sending {
  /** Milliseconds until the answer. */
  readonly ms: number;
  /** Why it did not arrive. */
  readonly error?: { readonly code: unknown; readonly message: string };
  /** Why it was not even sent. */
  readonly unsent?: string;
  /** What OpenTelemetry had to say about an answer. */
  readonly remarks: readonly string[];
}

/** Sends a span through the exporter of this name. Never rejects; ends in time. */
export type SendSpan = (exporter: string, timeoutMs: number) => Promise<Sending>;

/** Who sends, and by what clock. */
export interface SenderDeps {
  readonly env: Environment;
  readonly clock: Clock;
  readonly serviceName: string;
}

/** Sends through the exporters that set-up would use, which read their settings from the process's own environment. */
export function spanSender(deps: SenderDeps): SendSpan {
  return async (name, timeoutMs) => {
    const api = loadApi();
    const tracing = loadTestTracing();
    const complaints: string[] = [];
    const backend = backendOf(deps.env);
    const google = backend === 'gcp' ? googleCloud(deps.env, undefined, (warning) => complaints.push(warning)) : undefined;
    const exporter = exporterFor(name, deps.env, { backend, google }, complaints);
    const problem = api.problem ?? tracing.problem;
    if (!exporter || problem !== undefined) return unsent(problem ?? complaints.at(-1) ?? `there is no exporter ${name}`);
    try {
      return await deliver(exporter, makeSpan(tracing.module!, deps, google?.attributes), {
        api: api.module!,
        clock: deps.clock,
        timeoutMs,
      });
    } catch (error) {
      return unsent(messageOf(error));
    } finally {
      // It waits for what is under way, which nobody else does any more.
      void exporter.shutdown().catch(() => undefined);
    }
  };
}

function unsent(why: string): Sending {
  return { ms: 0, unsent: why, remarks: [] };
}

function exporterFor(
  name: string,
  env: Environment,
  backend: Pick<ExporterDeps, 'backend' | 'google'>,
  complaints: string[],
): SpanExporter | undefined {
  const once = new Once(() => ({ warn: () => undefined }));
  const complain = (warning: string): void => void complaints.push(warning);
  const stderr = { write: () => undefined };
  return exporterNamed(name, { env, complain, faults: new Faults(once), once, stderr, untraced: (run) => run(), ...backend });
}

/** A span of a provider that nobody else knows of; recorded whatever the sampler says. */
function makeSpan({ Provider, ...resources }: TestTracing, { env, serviceName }: SenderDeps, found: ResourceAttributes = {}): ReadableSpan {
  let made: ReadableSpan | undefined;
  const keeper = {
    onStart: () => undefined,
    onEnd: (span: ReadableSpan) => void (made = span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const resource = resources
    .defaultResource()
    .merge(resources.detectResources({ detectors: [resources.envDetector] }))
    .merge(resources.resourceFromAttributes({ ...found, ...mappedAttributes(env), 'service.name': serviceName }));
  const sampler = { shouldSample: () => ({ decision: RECORD_AND_SAMPLED }), toString: () => 'toolspan.doctor' };
  const provider = new Provider({ resource, sampler, spanProcessors: [keeper] });
  provider
    .getTracer(TRACER_NAME, VERSION)
    .startSpan('toolspan.doctor', { attributes: { 'toolspan.doctor': true } })
    .end();
  return made!;
}

// OpenTelemetry's SamplingDecision.RECORD_AND_SAMPLED.
const RECORD_AND_SAMPLED = 2;

interface Delivery {
  readonly api: OpenTelemetryApi;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

async function deliver(exporter: SpanExporter, span: ReadableSpan, { api, clock, timeoutMs }: Delivery): Promise<Sending> {
  if (span.resource.asyncAttributesPending) await span.resource.waitForAsyncAttributes?.();
  const remarks: string[] = [];
  const stopListening = listenTo(api, remarks);
  const startedAt = clock.now();
  const error = await new Promise<Sending['error']>((resolve) => {
    const message = `no answer within ${Math.round(timeoutMs)} ms`;
    const cancel = clock.setTimer(() => resolve({ code: 'ETIMEDOUT', message }), timeoutMs);
    exporter.export([span], (result) => {
      cancel();
      resolve(result.code === 0 ? undefined : errorOf(result.error));
    });
  });
  stopListening();
  return { ms: clock.now() - startedAt, ...(error && { error }), remarks };
}

function errorOf(error: unknown): { code: unknown; message: string } {
  return { code: memberOf(error, 'code'), message: error === undefined ? 'the exporter failed' : messageOf(error) };
}

// Of the rest, some is said however well all is.
const ABOUT_THE_ANSWER = /partial success|deserialize/i;

/** A receiver may take a request and yet refuse the span: OpenTelemetry only logs that. */
function listenTo(api: OpenTelemetryApi, remarks: string[]): () => void {
  const say = (...parts: unknown[]): void => {
    const remark = parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ');
    if (ABOUT_THE_ANSWER.test(remark)) remarks.push(remark);
  };
  const nothing = (): void => undefined;
  const logger = { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
  const isSet = api.diag.setLogger(logger, { logLevel: api.DiagLogLevel['WARN']!, suppressOverrideMessage: true });
  return () => {
    if (isSet) api.diag.disable();
  };
}
