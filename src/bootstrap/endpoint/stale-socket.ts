/** Removes what a process that ended without a word left at the path of its socket; anything that answers, or is no socket, stays. */
export async function removeStaleSocket(path: string): Promise<void> {
  const { promises: files } = process.getBuiltinModule('node:fs');
  const found = await files.stat(path).catch(() => undefined);
  if (!found?.isSocket() || (await isAnswering(path))) return;
  await files.unlink(path).catch(() => undefined);
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = process.getBuiltinModule('node:net').connect({ path });
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => settle(true)).once('error', ({ code }: NodeJS.ErrnoException) => settle(code !== 'ECONNREFUSED'));
  });
}
