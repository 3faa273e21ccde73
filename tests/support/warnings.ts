import { runtime } from '../../src/pipeline/runtime.js';

/** Catches what the library warns of, from here to the end of each test. */
export function warningsOf(): string[] {
  const warnings: string[] = [];
  const { logger } = runtime;
  beforeEach(() => {
    warnings.length = 0;
    runtime.logger = { warn: (message) => void warnings.push(message) };
  });
  afterEach(() => void (runtime.logger = logger));
  return warnings;
}
