import { bodiesOf, defineTests } from './bodies.js';
import { COMPILERS } from './compilers.js';

describe.each(COMPILERS.filter(({ name }) => name.startsWith('esbuild')))('$name', (compiler) => {
  describe.each(bodiesOf(compiler))('%s', (body) => defineTests(compiler, body));
});
