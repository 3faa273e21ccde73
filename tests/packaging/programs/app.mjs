// A program that knows nothing of set-up.
import { tool } from 'toolspan';
import { report } from './report.mjs';

const greet = tool({ name: 'greet', namespace: 'polite' }, async (name) => `Hello ${name}`);
report('result', await greet('world'));
process.stdin.once('data', () => process.stdin.destroy());
