import type { Environment } from '../bootstrap/environment.js';
import { exporterNames, usesGrpc } from '../bootstrap/traces/exporters.js';
import { isTrue, read } from '../bootstrap/environment.js';
import { packagesWanted } from './backends.js';
import type { Installed, Package } from './installed.js';
import { check, type Check, type CheckStatus, type Finding } from './report.js';
import type { Surroundings } from './surroundings.js';
import { satisfies } from './version-range.js';

const API = '@opentelemetry/api';
const SDK = '@opentelemetry/sdk-node';
const GRPC = '@opentelemetry/exporter-trace-otlp-grpc';
const PROM = 'prom-client';

/** The optional packages: which are there, from where, and whether they fit together. */
export function checkPackages({ env, installed }: Pick<Surroundings, 'env' | 'installed'>): Check[] {
  const ranges = installed.own()?.peerDependencies ?? {};
  const needs = needsOf(env, installed);
  const extras = isTracingOff(env) ? [] : packagesWanted(env);
  return [
    ...[API, SDK, GRPC, PROM].map((name) => packageCheck(name, ranges[name], needs[name]!, installed)),
    ...extras.map(({ name, why }) => packageCheck(name, ranges[name], { status: 'problem', why }, installed)),
    ...apiFitsCheck(installed),
    ...copiesChecks(installed),
  ];
}

/** What it means that a package is missing. */
interface Need {
  readonly status: CheckStatus;
  readonly why: string;
}

function needsOf(env: Environment, installed: Installed): Record<string, Need> {
  const has = (name: string): boolean => installed.byToolspan(name) !== undefined;
  const tracing = tracingNeed(env, has(SDK) || has(GRPC), has(PROM));
  const metrics = metricsNeed(env, has(PROM), has(SDK));
  return {
    [API]: tracing,
    [SDK]: tracing,
    [GRPC]: usesGrpc(env) ? tracing : { status: 'skipped', why: 'not needed: no traces are sent over gRPC' },
    [PROM]: metrics,
  };
}

/** Who has asked for one half alone does not miss the other. */
function tracingNeed(env: Environment, isBegun: boolean, hasMetrics: boolean): Need {
  if (isTracingOff(env)) return { status: 'skipped', why: 'not needed: tracing is switched off' };
  const isAsked = isBegun || Object.keys(env).some((name) => /^OTEL_(EXPORTER_OTLP|TRACES)_/.test(name) && read(env, name));
  return { status: isAsked || !hasMetrics ? 'problem' : 'warning', why: 'without it, nothing is traced' };
}

function metricsNeed(env: Environment, isThere: boolean, hasTracing: boolean): Need {
  if (read(env, 'OTEL_METRICS_EXPORTER') === 'none') return { status: 'skipped', why: 'not needed: metrics are switched off' };
  const isAsked = isThere || Object.keys(env).some((name) => name.startsWith('OTEL_EXPORTER_PROMETHEUS_') && read(env, name));
  return { status: isAsked || !hasTracing ? 'problem' : 'warning', why: 'without it, nothing is counted' };
}

/** Whether the environment switches tracing off. */
export function isTracingOff(env: Environment): boolean {
  return isTrue(env, 'OTEL_SDK_DISABLED') || exporterNames(env).length === 0;
}

function packageCheck(name: string, range: string | undefined, need: Need, installed: Installed): Check {
  const ours = installed.byToolspan(name);
  const theirs = installed.byApplication(name);
  return check(`packages.${name}`, name, findingOf(name, range, need, ours, theirs));
}

function findingOf(name: string, range: string | undefined, need: Need, ours: Package | undefined, theirs: Package | undefined): Finding {
  if (!ours) return missing(name, need, theirs);
  const found = { value: ours.version, source: ours.folder };
  if (range !== undefined && satisfies(ours.version, range) === false) {
    const cure = `npm install "${name}@${range}"`;
    return { status: 'problem', ...found, detail: `toolspan works with ${range}`, cure };
  }
  if (theirs && theirs.folder !== ours.folder) {
    return {
      status: 'warning',
      ...found,
      detail: `the application finds another copy: ${theirs.version} in ${theirs.folder}`,
      cure: `install one that suits both: npm ls ${name}, npm dedupe`,
    };
  }
  return { status: 'ok', ...found };
}

function missing(name: string, { status, why }: Need, theirs: Package | undefined): Finding {
  if (status === 'skipped') return { status, value: 'not installed', detail: why };
  if (!theirs) return { status, value: 'not installed', detail: why, cure: `npm install ${name}` };
  return {
    status,
    value: 'not found by toolspan',
    detail: `the application finds ${theirs.version} in ${theirs.folder}, toolspan does not; ${why}`,
    cure: `install both in one place: npm install toolspan ${name}`,
  };
}

/** OpenTelemetry refuses an API that is newer than its SDK knows. */
function apiFitsCheck(installed: Installed): Check[] {
  const api = installed.byToolspan(API);
  const sdk = installed.byToolspan(SDK);
  const range = sdk?.peerDependencies[API];
  if (!api || !sdk || range === undefined) return [];
  const finding: Finding =
    satisfies(api.version, range) !== false
      ? { status: 'ok', value: range, source: `${SDK} ${sdk.version}` }
      : {
          status: 'problem',
          value: range,
          source: `${SDK} ${sdk.version}`,
          detail: `${API} is ${api.version}, which this SDK does not work with`,
          cure: `npm install "${API}@${range}"`,
        };
  return [check('packages.api-fits', `${API} that the SDK wants`, finding)];
}

function copiesChecks(installed: Installed): Check[] {
  const copies = installed.copies(Object.keys(WHY_ONE));
  return Object.entries(WHY_ONE).flatMap(([name, detail]) => {
    const found = copies.filter((copy) => copy.name === name);
    if (found.length < 2) return [];
    return [
      check(`packages.copies.${name}`, `copies of ${name}`, {
        status: 'warning',
        value: found.map(({ version, folder }) => `${version} in ${folder}`).join(', '),
        detail,
        cure: `npm ls ${name} shows who brings which; npm dedupe`,
      }),
    ];
  });
}

const WHY_ONE: Readonly<Record<string, string>> = {
  [API]: 'spans of a newer copy are lost where an older one has set up tracing',
  toolspan: 'copies of compatible versions share their state; others work each on their own',
};
