import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SAMPLES = join(process.cwd(), '.build', 'samples');

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a sample to its end, with nothing set that could send its telemetry somewhere. */
function run(sample: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL|DD)_/.test(name)));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(SAMPLES, sample, 'main.js'), ...args], { env: { ...own, ...env } });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...said }));
  });
}

describe('the sample toolbox', () => {
  let folder: string;
  let ended: Ended;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'toolbox-'));
    writeFileSync(join(folder, 'cat.txt'), 'The cat sat on the mat. It was very happy there, and nobody minded.\n');
    writeFileSync(join(folder, 'dog.md'), '# Dogs\n\nThe dog barked loudly at night; the neighbours complained.\n');
    writeFileSync(join(folder, 'picture.bin'), Buffer.from([0, 1, 2, 3]));
    ended = await run('01-toolbox', ['--dir', folder]);
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The cells of a tool's row in the table. */
  const rowOf = (tool: string): string[] => {
    const line = ended.stdout.split('\n').find((each) => new RegExp(`^  ${tool.replace('.', '\\.')} +\\d`).test(each));
    return line?.trim().split(/ {2,}/) ?? [];
  };

  it('ends with status 0 and without a warning', () => {
    expect(ended.status).toBe(0);
    expect(ended.stderr).not.toMatch(/toolspan\]|Error|\bat .*:\d+/);
  });

  it('finds the text files of the folder and leaves out what is binary', () => {
    expect(ended.stdout).toContain(`${folder}: 2 text files`);
  });

  it('shows progress while it runs', () => {
    expect(ended.stderr).toMatch(/\d+\/\d+ jobs/);
  });

  it.each(['agent.research', 'files.search', 'text.readability', 'web.fetch'])('has a row in the table for %s, with calls', (tool) => {
    expect(Number(rowOf(tool)[1])).toBeGreaterThan(0);
  });

  it('serves some calls from a cache', () => {
    expect(parseInt(rowOf('text.readability')[5] ?? '', 10)).toBeGreaterThan(0);
  });

  it('retries, and meets a circuit that opens and recovers', () => {
    const [, , , , , , retries, circuit] = rowOf('web.fetch');
    expect(Number(retries)).toBeGreaterThan(0);
    expect(circuit).toMatch(/^CLOSED, \d+ failures$/);
    expect(ended.stdout).toMatch(/callers +met \d+ × CircuitOpenError/);
    expect(ended.stdout).toMatch(/jobs +\d+ done, 0 given up/);
  });

  it('has the rate limit refuse a part of a burst', () => {
    expect(ended.stdout).toMatch(/60 searches at once: the rate limit of files\.search let \d+ pass/);
    expect(ended.stdout).toMatch(/\d+ × RateLimitError/);
  });

  it('draws at most four traces, the one of a circuit that opened among them', () => {
    const roots = ended.stdout.match(/^ {2}execute \w+\.\w+/gm) ?? [];
    expect(roots.length).toBeGreaterThan(0);
    expect(roots.length).toBeLessThanOrEqual(4);
    expect(ended.stdout).toMatch(/circuit_breaker\.check .* OPEN$/m);
  });

  it('says where the metrics are', () => {
    expect(ended.stdout).toMatch(/metrics +http:\/\/127\.0\.0\.1:\d+\/metrics/);
  });

  it('explains itself with --help', async () => {
    const { status, stdout } = await run('01-toolbox', ['--help']);
    expect(status).toBe(0);
    for (const option of ['--dir', '--url', '--keep', '--help']) expect(stdout).toContain(option);
  });

  it.each([
    ['a folder that does not exist', ['--dir', 'no-such-folder'], '--dir no-such-folder: there is no such folder'],
    ['a file in place of a folder', ['--dir', 'package.json'], '--dir package.json: this is a file, not a folder'],
    ['a URL that is none', ['--url', 'example'], '--url example: this is not an http or https URL'],
    ['an unknown option', ['--folder', '.'], "Unknown option '--folder'"],
  ])('ends with status 2 and says why for %s', async (_, args, message) => {
    const { status, stderr, stdout } = await run('01-toolbox', args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toBe('');
  });
});

describe('the ten-line sample', () => {
  it('prints what was counted, and traces its calls', async () => {
    const { status, stdout, stderr } = await run('02-ten-lines', [], {
      OTEL_TRACES_EXPORTER: 'console',
      OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    });
    expect(status).toBe(0);
    expect(stdout).toContain('tool_executions_total{tool="countWords",namespace="default",status="success"} 3');
    expect(stdout).toContain('tool_cache_operations_total{tool="countWords",operation="lookup",result="hit"} 2');
    expect(stderr).toContain('tool.execute countWords');
  });
});

describe('the sample that streams', () => {
  it('prints what came, and one trace that lasts until the reader stopped', async () => {
    const { status, stdout, stderr } = await run('03-streams');
    expect(status).toBe(0);
    expect(stdout.trim()).toBe('A span that ends before the');
    expect(stderr).toMatch(/^tool\.execute model\.answer [\d.]+ ms ✓ 6 chunks, cancelled$/m);
    expect(stderr).toContain('✗ the model is loading');
    expect(stderr.match(/tool\.execute text\.shorten/g)).toHaveLength(6);
  });
});

describe('the sample of an outage', () => {
  it('shows what callers got, from one state of the circuit to the next', async () => {
    const { status, stdout, stderr } = await run('04-outage');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('fallback > cached > retry > hedge > circuitBreaker > bulkhead > timeout');
    const lines = stdout.split('\n').filter((line) => / asked +\d+ × /.test(line));
    expect(lines).toHaveLength(28);
    const states = lines.map((line) => /CLOSED|HALF_OPEN|OPEN/.exec(line)![0]);
    expect(states[0]).toBe('CLOSED');
    expect(states.slice(states.indexOf('OPEN'))).toContain('CLOSED'); // it opened, and closed again
    const letters = lines.map((line) => line.split(' ×  ')[1]).join('');
    for (const letter of ['+', '·', 'h', 's', 'f']) expect(letters).toContain(letter);
    expect(letters).not.toContain('!');
  }, 30_000);
});
