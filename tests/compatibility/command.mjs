import { spawn } from 'node:child_process';

/**
 * Runs a program to its end. Resolves with its exit code, what it wrote, and whether it had to be ended for taking too long.
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, timeoutMs?: number }} options
 */
export function run(command, args, { cwd, env = process.env, timeoutMs = 300_000 }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (written[stream] += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...written }));
  });
}

/** The same for a command that must succeed. Throws with all that it wrote. */
export async function mustRun(what, command, args, options) {
  const ending = await run(command, args, options);
  if (ending.code !== 0)
    throw new Error(`${what} failed (${ending.signal ?? `exit code ${ending.code}`})\n${ending.stdout}${ending.stderr}`);
  return ending;
}
