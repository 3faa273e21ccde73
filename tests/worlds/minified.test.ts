import { bodiesOf, defineTests } from './bodies.js';
import { MINIFIERS, MINIFIERS_THAT_KEEP_NAMES } from './compilers.js';

describe.each(MINIFIERS_THAT_KEEP_NAMES)('$name, names kept: nothing is different', (compiler) => {
  describe.each(bodiesOf(compiler))('%s', (body) => defineTests(compiler, body));
});

describe.each(MINIFIERS)('$name: what was given a name has it', (compiler) => {
  defineTests(compiler, 'shortened/names.ts');
});
