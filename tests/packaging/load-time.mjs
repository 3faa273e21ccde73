// How long a program takes that does nothing but import a package, against an empty program and against other packages; and how much
// is installed. A measurement, not a test: run it by hand on a quiet machine, after `npm run build`.
//
//   node tests/packaging/load-time.mjs [--rounds 25] [--with-peers] [--json]
//
// `--with-peers` installs packages that do similar things into a folder of its own; otherwise those are measured that are here anyway.
import { parseArgs } from 'node:util';
import { contenders } from './load-time/contenders.mjs';
import { measure } from './load-time/measure.mjs';
import { table } from './load-time/table.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '25' }, 'with-peers': { type: 'boolean' }, json: { type: 'boolean' } },
});
const { programs, sizes, remove } = contenders(values['with-peers'] === true);
try {
  const times = measure(programs, Number(values.rounds));
  const { version, arch } = process;
  if (values.json)
    process.stdout.write(`${JSON.stringify({ node: version, arch, rounds: Number(values.rounds), times, sizes }, undefined, 2)}\n`);
  else process.stdout.write(table({ node: version, arch, rounds: values.rounds, times, sizes }));
} finally {
  remove();
}
