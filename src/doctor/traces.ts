import { samplerSettings, usesXraySampler } from '../bootstrap/backends/xray.js';
import { PROPAGATOR_NAMES } from '../bootstrap/packages/backends.js';
import { checkSampler, isTrue, read, readList, type Environment } from '../bootstrap/environment.js';
import { batchSettings, exporterNames, protocolOf, usesGrpc } from '../bootstrap/traces/exporters.js';
import { backendCheck, backendOf } from './backends.js';
import { check, judged, type Check, type Finding } from './report.js';
import { complaintsOf, otlp, setOf, setting } from './settings.js';
import type { Surroundings } from './surroundings.js';
import { checkTransport } from './transport.js';

/** What would be traced, and where it would be sent. */
export function checkTraces(surroundings: Surroundings): Check[] {
  const { env } = surroundings;
  const off = whyOff(env);
  if (off) return [check('traces.exporter', 'exporters', { status: 'warning', ...off })];
  return [
    ...backendCheck(env),
    exporterCheck(env),
    ...(exporterNames(env).includes('otlp') ? [protocolCheck(env)] : []),
    ...checkTransport(surroundings),
    usesXraySampler(env, backendOf(env), {}) ? xraySamplerCheck(env) : samplerCheck(env),
    propagatorsCheck(env),
    batchesCheck(env),
  ];
}

/** Tracing may be switched off on purpose; who wonders where the traces are wants to know. */
function whyOff(env: Environment): Omit<Finding, 'status'> | undefined {
  if (isTrue(env, 'OTEL_SDK_DISABLED')) {
    return {
      value: 'true',
      source: 'OTEL_SDK_DISABLED',
      detail: 'tracing is switched off',
      cure: 'unset OTEL_SDK_DISABLED to have traces',
    };
  }
  if (exporterNames(env).length > 0) return undefined;
  return {
    value: 'none',
    source: 'OTEL_TRACES_EXPORTER',
    detail: 'tracing is switched off',
    cure: 'unset OTEL_TRACES_EXPORTER to have traces',
  };
}

const EXPORTERS = ['otlp', 'console', 'zipkin'];

function exporterCheck(env: Environment): Check {
  const names = exporterNames(env);
  const unknown = names.filter((name) => !EXPORTERS.includes(name));
  const found = { value: names.join(', '), source: setting(env, ['OTEL_TRACES_EXPORTER'], 'otlp').source };
  if (unknown.length === 0) return check('traces.exporter', 'exporters', { status: 'ok', ...found });
  return check('traces.exporter', 'exporters', {
    status: unknown.length === names.length ? 'problem' : 'warning',
    ...found,
    detail: `not known, so nothing is sent to it: ${unknown.join(', ')}`,
    cure: `known are ${EXPORTERS.join(', ')}, none; most backends take otlp`,
  });
}

function protocolCheck(env: Environment): Check {
  const found = setting(env, otlp('PROTOCOL'), 'grpc');
  if (!usesGrpc(env) || found.value === 'grpc') return check('traces.protocol', 'protocol', { status: 'ok', ...found });
  return check('traces.protocol', 'protocol', {
    status: 'warning',
    ...found,
    detail: `${protocolOf(env)} is not known, so grpc is used`,
    cure: 'known are grpc, http/protobuf, http/json',
  });
}

/** X-Ray's rules, as the backend has it or the variable asks. */
function xraySamplerCheck(env: Environment): Check {
  let value = '';
  const complaints = complaintsOf((complain) => {
    const { endpoint, pollingInterval } = samplerSettings(env, complain);
    value = `xray, rules from ${endpoint} every ${pollingInterval} s`;
  });
  const source = setOf(env, ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG']).join(', ') || 'TOOLSPAN_BACKEND';
  return check('traces.sampler', 'sampler', judged({ value, source }, complaints));
}

function samplerCheck(env: Environment): Check {
  const sampler = setting(env, ['OTEL_TRACES_SAMPLER'], 'parentbased_always_on');
  const argument = read(env, 'OTEL_TRACES_SAMPLER_ARG');
  const found =
    argument === undefined ? sampler : { value: `${sampler.value} ${argument}`, source: `${sampler.source}, OTEL_TRACES_SAMPLER_ARG` };
  const complaints = complaintsOf((complain) => checkSampler(env, complain));
  const isSilent =
    sampler.value.endsWith('always_off') || (sampler.value.endsWith('traceidratio') && argument !== undefined && Number(argument) === 0);
  if (isSilent && complaints.length === 0) complaints.push('no trace that begins here is recorded');
  if (argument !== undefined && !sampler.value.endsWith('traceidratio') && complaints.length === 0) {
    complaints.push('OTEL_TRACES_SAMPLER_ARG is not used by this sampler; traceidratio and parentbased_traceidratio use it');
  }
  return check('traces.sampler', 'sampler', judged(found, complaints));
}

// Others are handed to set-up in code.
const PROPAGATORS = [...PROPAGATOR_NAMES, 'none'];

function propagatorsCheck(env: Environment): Check {
  const isXray = backendOf(env) === 'xray' && read(env, 'OTEL_PROPAGATORS') === undefined;
  const found = isXray
    ? { value: 'tracecontext, baggage, xray', source: 'TOOLSPAN_BACKEND' }
    : setting(env, ['OTEL_PROPAGATORS'], 'tracecontext, baggage');
  const unknown = readList(env, 'OTEL_PROPAGATORS').filter((name) => !PROPAGATORS.includes(name));
  const complaints = unknown.map((name) => `the SDK does not know ${name}, and goes on without it; it knows ${PROPAGATORS.join(', ')}`);
  return check('traces.propagators', 'propagators', judged(found, complaints));
}

const BATCHES = ['OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_BSP_EXPORT_TIMEOUT'];

function batchesCheck(env: Environment): Check {
  let value = '';
  const complaints = complaintsOf((complain) => {
    const { maxQueueSize, maxExportBatchSize, scheduledDelayMillis, exportTimeoutMillis } = batchSettings({ env, complain });
    value = `queue ${maxQueueSize}, batch ${maxExportBatchSize}, every ${scheduledDelayMillis} ms, time limit ${exportTimeoutMillis} ms`;
  });
  return check('traces.batches', 'batches', judged({ value, source: setOf(env, BATCHES).join(', ') || 'default' }, complaints));
}
