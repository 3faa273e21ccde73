import { spawnSync } from 'node:child_process';

/** Programs that come with Debian, not with npm: by package, a command that shows whether it is there. */
const CHECKS = {
  prometheus: ['promtool', '--version'],
  'prometheus-pushgateway': ['prometheus-pushgateway', '--version'],
  openssl: ['openssl', 'version'],
  'prometheus-alertmanager': ['prometheus-alertmanager', '--version'],
  'python3-prometheus-client': ['/usr/bin/python3', '-c', 'import prometheus_client.openmetrics.parser'],
  iproute2: ['ip', '-V'],
  // No package, but a right: to make network namespaces, and processes of other users.
  root: ['unshare', '--net', '--pid', '--fork', 'true'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type DebianPackage = keyof typeof CHECKS;

/**
 * `describe` for tests that need Debian packages. Where one is missing they are skipped, with a line that says what to install;
 * with `CI=true` they fail.
 */
export function describeWith(packages: readonly DebianPackage[], name: string, body: () => void): void {
  const missing = packages.filter((debianPackage) => !isInstalled(debianPackage));
  if (missing.length === 0) return describe(name, body);
  const cure = cureOf(missing);
  if (process.env['CI'] !== 'true') {
    process.stderr.write(`"${name}" is skipped: ${cure}\n`);
    return describe.skip(name, body);
  }
  describe(name, () => {
    it('has the programs it needs', () => {
      throw new Error(`missing: ${cure}`);
    });
  });
}

function cureOf(missing: readonly DebianPackage[]): string {
  const lacking = missing.filter((debianPackage) => debianPackage !== 'root');
  const cures = lacking.length > 0 ? [`apt-get install -y --no-install-recommends ${lacking.join(' ')}`] : [];
  return [...cures, ...(missing.includes('root') ? ['run it as root'] : [])].join('; ');
}

function isInstalled(debianPackage: DebianPackage): boolean {
  const [command, ...parameters] = CHECKS[debianPackage];
  return spawnSync(command, parameters).status === 0;
}

/** Runs a program of Debian's with `input` on stdin. */
export function runWith(
  input: string,
  command: string,
  ...parameters: string[]
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(command, parameters, { input, encoding: 'utf8' });
  return { status, stdout, stderr };
}
