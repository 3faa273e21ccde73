import { checkOptions, plainObject, reject, type Rules, type Subject } from '../core/options.js';
import { Gcra, type Rate } from '../policies/gcra.js';
import { rateRules, type RateOptions } from '../policies/rate-limit.js';
import { layRowsAgain, runtime } from './runtime.js';

/** Options for all tools of the process. */
export interface ToolsConfiguration {
  /** A limit that all tools share; each call takes one from it and one from its tool's own. `false` takes it away. */
  rateLimit?: Partial<RateOptions> | false;
}

const rules: Rules<ToolsConfiguration> = {
  rateLimit: {
    allowed: `${plainObject.allowed} with limit and per, or false`,
    parse: (value) => (value === false ? value : plainObject.parse(value)),
  },
};

const subject: Subject = { title: 'configureTools', tool: 'toolspan', namespace: 'default' };

/**
 * Sets process-wide defaults. Calls merge: an option not given keeps its value. The next tool call sees the change; the limit
 * starts anew only where its rate changed.
 * @throws ConfigurationError on an unknown or unusable option.
 */
export function configureTools(configuration: ToolsConfiguration): void {
  const { rateLimit } = checkOptions(subject, rules, configuration);
  if (rateLimit === undefined) return;
  const rate = rateLimit === false ? undefined : mergedRate(rateLimit);
  if (sameRate(rate, runtime.globalRate)) return;
  runtime.globalRate = rate;
  runtime.globalLimit = rate && new Gcra(rate);
  layRowsAgain();
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
