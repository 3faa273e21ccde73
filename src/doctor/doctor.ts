import { withoutSecrets } from '../core/secrets.js';
import { messageOf } from '../core/thrown.js';
import { VERSION } from '../version.js';
import { checkConnection } from './connection.js';
import { isWord, secretsIn, withoutThese } from './headers.js';
import { checkMetrics } from './metrics.js';
import { checkSpelling } from './misspelt.js';
import { checkOwn } from './own.js';
import { checkPackages } from './packages.js';
import { check, type Check, type Report, type Section } from './report.js';
import { checkService } from './service.js';
import type { Surroundings } from './surroundings.js';
import { checkTraces } from './traces.js';

/** In the order of the report. What waits does so at the same time. */
const EXAMINATIONS: Readonly<Record<Section, (surroundings: Surroundings) => Check[] | Promise<Check[]>>> = {
  toolspan: checkOwn,
  packages: checkPackages,
  service: checkService,
  traces: checkTraces,
  connection: checkConnection,
  metrics: checkMetrics,
  environment: checkSpelling,
};

/** Looks at everything that set-up would use. Never rejects, and changes nothing but that a test span is sent. */
export async function examine(surroundings: Surroundings): Promise<Report> {
  const found = Object.entries(EXAMINATIONS).map(([section, look]) => carefully(section as Section, look, surroundings));
  const secrets = secretsIn(surroundings.env).filter((secret) => !isWord(secret));
  const checks = (await Promise.all(found)).flat().map((one) => discreet(one, secrets));
  return { ok: checks.every(({ status }) => status !== 'problem'), toolspan: VERSION, node: surroundings.node, checks };
}

/** One examination that breaks is no reason to say nothing of the others. */
async function carefully(section: Section, look: (typeof EXAMINATIONS)[Section], surroundings: Surroundings): Promise<Check[]> {
  try {
    return await look(surroundings);
  } catch (error) {
    const detail = `the doctor could not look at this (${messageOf(error)})`;
    return [check(`${section}.examination`, 'examination', { status: 'problem', detail, cure: 'please report it' })];
  }
}

function discreet(one: Check, secrets: readonly string[]): Check {
  const safe = FREE.flatMap((key) => (one[key] === undefined ? [] : [[key, withoutSecrets(withoutThese(one[key], secrets))]]));
  return { ...one, ...(Object.fromEntries(safe) as Partial<Check>) };
}

/** What may hold words of others. */
const FREE = ['value', 'source', 'detail', 'cure'] as const;
