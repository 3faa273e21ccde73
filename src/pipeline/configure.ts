import { checkOptions, plainObject, reject, type Rules, type Subject } from '../core/options.js';
import type { Parts } from '../metadata/card.js';
import { checkPolicies, type FunctionPolicies } from '../metadata/parts.js';
import { Gcra, type Rate } from '../policies/rate-limit/gcra.js';
import { rateRules, type RateOptions } from '../policies/rate-limit/rate-limit.js';
import { layRowsAgain, runtime } from './runtime.js';

/** Policies under one name, for `@Use`. */
export type NamedPolicies = Omit<FunctionPolicies, 'use'>;

/** Options that fill in what tools leave open; none of them is needed. */
export type DefaultPolicies = {
  [Policy in keyof NamedPolicies]: Policy extends 'fallback' ? NamedPolicies[Policy] : Eased<NamedPolicies[Policy]>;
};

type Eased<Options> = Options extends object ? Partial<Options> : Options;

/** Options for all tools of the process. */
export interface ToolsConfiguration {
  /** A limit that all tools share; each call takes one from it and one from its tool's own. `false` takes it away. */
  rateLimit?: Partial<RateOptions> | false;
  /** Policies by name: `@Use('upstream')`, or `tool({ use: 'upstream' })`. A name given again takes the place of what it was. */
  policies?: Readonly<Record<string, NamedPolicies>>;
  /** Fills in options that a tool leaves open of policies that it has; gives it no policy. A policy given again takes the place of what it was. */
  defaults?: DefaultPolicies;
}

const rules: Rules<ToolsConfiguration> = {
  rateLimit: {
    allowed: `${plainObject.allowed} with limit and per, or false`,
    parse: (value) => (value === false ? value : plainObject.parse(value)),
  },
  policies: { ...plainObject, allowed: 'an object of policies by name' },
  defaults: { ...plainObject, allowed: 'an object of policies' },
};

const subject: Subject = { title: 'configureTools', tool: 'toolspan', namespace: 'default' };

/**
 * Sets process-wide defaults. Calls merge: an option not given keeps its value. The next tool call sees the change; a limit, circuit or cache
 * starts anew only where its options changed.
 * @throws ConfigurationError on an unknown or unusable option; then nothing is changed.
 */
export function configureTools(configuration: ToolsConfiguration): void {
  const { rateLimit, policies, defaults } = checkOptions(subject, rules, configuration);
  const rate = rateLimit === undefined || rateLimit === false ? undefined : mergedRate(rateLimit);
  const named = Object.entries(policies ?? {}).map(([name, given]) => [name, checkNamed(`policies.${name}`, given)] as const);
  const filling = defaults && checkNamed('defaults', defaults, []);
  if (rateLimit !== undefined) setRate(rate);
  if (policies ?? defaults) setPolicies(named, filling);
}

function setRate(rate: Rate | undefined): void {
  if (sameRate(rate, runtime.globalRate)) return;
  runtime.globalRate = rate;
  runtime.globalLimit = rate && new Gcra(rate);
  layRowsAgain();
}

function setPolicies(named: readonly (readonly [string, Parts])[], defaults: Parts | undefined): void {
  for (const [name, parts] of named) runtime.policies.set(name, parts);
  runtime.defaults = { ...runtime.defaults, ...defaults };
  runtime.configured += 1;
  runtime.shared.renew();
  layRowsAgain();
}

/** @param required what must be there; default: what each policy cannot do without */
function checkNamed(where: string, given: unknown, required?: readonly string[]): Parts {
  const place = { ...subject, title: `configureTools ${where}` };
  if (where === 'policies.') reject(subject, 'the name of a policy', '', 'a text that is not empty');
  if (plainObject.parse(given) === undefined) reject(subject, where, given, 'an object of policies');
  return checkPolicies(given as NamedPolicies, place, required);
}

function mergedRate(given: Partial<RateOptions>): Rate {
  const where = { ...subject, title: 'configureTools rateLimit' };
  const { limit, per, burst } = { ...runtime.globalRate, ...checkOptions(where, rateRules, given) };
  if (limit === undefined) reject(where, 'limit', limit, rateRules.limit.allowed);
  if (per === undefined) reject(where, 'per', per, rateRules.per.allowed);
  return { limit, per: per as number, burst };
}

function sameRate(one: Rate | undefined, other: Rate | undefined): boolean {
  return one?.limit === other?.limit && one?.per === other?.per && one?.burst === other?.burst;
}
