/** What is done when the process ends. */
export interface ExitActions {
  /** Delivers what was recorded; bounded by `timeoutMs`, never rejects. */
  flush(timeoutMs: number): Promise<void>;
  /** Lets calls end, delivers, closes; bounded by `timeoutMs`, never rejects. */
  shutdown(timeoutMs: number): Promise<void>;
  /** Whether what is flushed is ours: an application's own provider may take its time. */
  isOwn(): boolean;
  /** Gives up what could not be delivered in time, and says so. */
  abandon(): void;
  /** Ends streams that nobody will read to their end any more. */
  endStreams(): void;
  /** A number that changes when there is something new to deliver; `undefined` where nothing waits. */
  news(): number | undefined;
  /** Milliseconds for which an export that failed just now has held the process up already. */
  heldForMs(): number;
}

/** What we use of `process`, handed in. */
export type ExitProcess = Pick<NodeJS.Process, 'pid' | 'on' | 'prependListener' | 'off' | 'listeners' | 'kill' | 'exit'>;

/** The longest an exit is held up, in milliseconds. */
export const EXIT_TIMEOUT_MS = 5_000;

const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;

/** Flushes at SIGTERM, SIGINT and a natural exit. Returns what takes the listeners away again. */
export function flushAtExit(actions: ExitActions, proc: ExitProcess): () => void {
  const removeSignals = (Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]).map((signal) => onSignal(signal, actions, proc));
  const beforeExit = onNaturalExit(actions, proc);
  proc.on('beforeExit', beforeExit);
  return () => {
    proc.off('beforeExit', beforeExit);
    for (const remove of removeSignals) remove();
  };
}

/** Where the application has a handler of its own, the end of the process is its decision, and we only flush. */
function onSignal(signal: keyof typeof SIGNALS, actions: ExitActions, proc: ExitProcess): () => void {
  let isSecond = false;
  const end = (): void => {
    proc.off(signal, handle);
    proc.kill(proc.pid, signal);
    // Only the first process of a container is still here: the kernel ignores signals that it has no handler for.
    if (proc.pid === 1) proc.exit(128 + SIGNALS[signal]);
  };
  const handle = (): void => {
    const isRepeated = isSecond;
    isSecond = true;
    if (proc.listeners(signal).some((listener) => listener !== handle)) return void actions.flush(EXIT_TIMEOUT_MS);
    if (isRepeated) return end();
    void actions.shutdown(EXIT_TIMEOUT_MS).then(end);
  };
  // First in line: a `once` handler of the application's is off the list by the time a later one runs.
  proc.prependListener(signal, handle);
  return () => proc.off(signal, handle);
}

/** `beforeExit` comes again after each flush; only news is worth another one. */
function onNaturalExit(actions: ExitActions, proc: ExitProcess): () => void {
  let flushed: number | undefined;
  return () => {
    actions.endStreams();
    const news = actions.news();
    if (news === undefined || news === flushed) return;
    flushed = news;
    const leftMs = EXIT_TIMEOUT_MS - actions.heldForMs();
    if (leftMs <= 0) return;
    // Holds the process, and ends it when a collector that never answers still does.
    const deadline = setTimeout(() => {
      actions.abandon();
      if (actions.isOwn()) proc.exit();
    }, leftMs);
    void actions.flush(EXIT_TIMEOUT_MS + 1_000).then(() => clearTimeout(deadline));
  };
}
