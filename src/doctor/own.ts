import { VERSION } from '../version.js';
import { check, type Check } from './report.js';
import type { Surroundings } from './surroundings.js';
import { satisfies } from './version-range.js';

/** Node, and toolspan itself. */
export function checkOwn({ node, installed, cwd }: Pick<Surroundings, 'node' | 'installed' | 'cwd'>): Check[] {
  const own = installed.own();
  const range = own?.engines['node'];
  return [nodeCheck(node, range), toolspanCheck(installed, cwd)];
}

function nodeCheck(node: string, range: string | undefined): Check {
  if (range === undefined || satisfies(node, range) !== false) return check('toolspan.node', 'Node', { status: 'ok', value: node });
  return check('toolspan.node', 'Node', {
    status: 'problem',
    value: node,
    detail: `toolspan needs Node ${range}`,
    cure: 'install a later release of Node',
  });
}

function toolspanCheck(installed: Surroundings['installed'], cwd: string): Check {
  const own = installed.own();
  const theirs = installed.byApplication('toolspan');
  const found = { value: own?.version ?? VERSION, source: own?.folder ?? 'unknown' };
  if (!theirs) {
    return check('toolspan.version', 'toolspan', {
      status: 'warning',
      ...found,
      detail: `an application in ${cwd} does not find toolspan: what is said here of packages need not be true there`,
      cure: 'go to the folder of the application, or npm install toolspan',
    });
  }
  if (own && theirs.folder !== own.folder) {
    return check('toolspan.version', 'toolspan', {
      status: 'warning',
      ...found,
      detail: `an application in ${cwd} finds another one: ${theirs.version} in ${theirs.folder}`,
      cure: 'run the one that the application has: npx toolspan doctor, in its folder',
    });
  }
  return check('toolspan.version', 'toolspan', { status: 'ok', ...found });
}
