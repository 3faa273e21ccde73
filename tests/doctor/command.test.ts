import { runCommand, type Asked, type Outcome } from '../../src/doctor/command.js';
import { VERSION } from '../../src/version.js';
import { installed, surroundings } from './hand-made';

/** What comes of a command line, and what was asked for. */
async function run(line: string, given: Parameters<typeof surroundings>[0] = {}): Promise<Outcome & { asked: Asked | undefined }> {
  let asked: Asked | undefined;
  const words = line.split(' ').filter((word) => word !== '');
  const outcome = await runCommand(words, {
    isColoured: false,
    surroundings: (wanted) => {
      asked = wanted;
      return surroundings({ ...given, sends: wanted.sends, timeoutMs: wanted.timeoutMs });
    },
  });
  return { ...outcome, asked };
}

test.each(['', '--help', '-h', 'doctor --help'])('toolspan %s says how it is used', async (line) => {
  const { status, stdout, stderr, asked } = await run(line);
  expect([status, stderr, asked]).toEqual([0, '', undefined]);
  for (const option of ['--json', '--no-send', '--offline', '--timeout', '--help', '--version']) expect(stdout).toContain(option);
});

test.each(['--version', '-v', 'doctor --version'])('toolspan %s says the version', async (line) => {
  expect(await run(line)).toMatchObject({ status: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test.each([
  ['patient', 'there is no command patient'],
  ['--json', 'no command is given'],
  ['doctor --verbose', 'there is no option --verbose'],
  ['doctor now', 'there is no option now'],
  ['doctor --timeout', '--timeout '],
  ['doctor --timeout soon', '--timeout soon: it must be a whole number of milliseconds'],
  ['doctor --timeout=0', '--timeout 0'],
  ['doctor --timeout=', '--timeout '],
  ['doctor --timeout 1.5', '--timeout 1.5'],
])('toolspan %s is wrong usage: %s', async (line, complaint) => {
  const { status, stdout, stderr, asked } = await run(line);
  expect([status, stdout, asked]).toEqual([2, '', undefined]);
  expect(stderr.startsWith(`toolspan: ${complaint}`)).toBe(true);
  expect(stderr).toContain('Usage: toolspan doctor');
});

test.each([
  ['doctor', { isJson: false, sends: true, timeoutMs: 5_000 }],
  ['doctor --json --no-send', { isJson: true, sends: false, timeoutMs: 5_000 }],
  ['doctor --offline --timeout 200', { isJson: false, sends: false, timeoutMs: 200 }],
  ['doctor --timeout=30000', { isJson: false, sends: true, timeoutMs: 30_000 }],
])('toolspan %s asks for %j', async (line, expected) => {
  expect((await run(line)).asked).toEqual(expected);
});

test('the exit status tells scripts whether there are problems', async () => {
  expect((await run('doctor')).status).toBe(0);
  expect((await run('doctor', { env: { OTEL_TRACES_SAMPLER: 'jaeger_remote' } })).status).toBe(0);
  expect((await run('doctor', { installed: installed([]) })).status).toBe(1);
});

test('--json prints one document, and nothing else', async () => {
  const { stdout } = await run('doctor --json');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, toolspan: VERSION, checks: expect.any(Array) as unknown[] });
});
