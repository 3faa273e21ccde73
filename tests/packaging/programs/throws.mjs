// Reports the stack of an error that the package itself throws.
import { createRequire } from 'node:module';
import { given, report } from './report.mjs';

const { tool } = given.format === 'cjs' ? createRequire(import.meta.url)('toolspan') : await import('toolspan');
try {
  tool({ name: 'search', retry: -1 }, async () => undefined);
} catch (error) {
  report('stack', error.stack);
}
