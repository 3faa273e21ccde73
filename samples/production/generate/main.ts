// Writes what the rules, the dashboard and the runbook say, from the names in the catalogue: `npm run production`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './files.js';

const folder = join(process.cwd(), 'samples', 'production');
for (const [path, content] of Object.entries(generatedFiles())) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  process.stdout.write(`${join('samples', 'production', path)}\n`);
}
