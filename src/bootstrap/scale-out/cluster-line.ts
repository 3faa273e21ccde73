import type { Cluster, Worker } from 'node:cluster';
import type { Line, Listener, Question, Speaker, Word } from './words.js';

// The processes of a cluster have one line between them, and it is the application's. What Node calls internal messages (their `cmd` begins
// with NODE_) never turns up among the application's own: `once(worker, 'message')` waits for what the application has sent. Nor does who
// listens to them keep the process alive, or take what came before the application listened. Should a Node of the future not hand them on,
// the workers are left out of the sum; nothing else happens.
const QUESTION = 'NODE_TOOLSPAN_QUESTION';
const ANSWER = 'NODE_TOOLSPAN_ANSWER';

interface Message {
  readonly cmd?: unknown;
  readonly act?: unknown;
  readonly content?: unknown;
}

interface Wire {
  on(event: 'internalMessage', listener: (message: Message) => void): unknown;
  off(event: 'internalMessage', listener: (message: Message) => void): unknown;
  prependListener(event: 'internalMessage', listener: (message: Message) => void): unknown;
  readonly connected: boolean;
  send?(message: object, handle: undefined, options: undefined, done: () => void): unknown;
}

/** Node's cluster module; set-up has it loaded to know whether this is a worker. */
export function theCluster(): Cluster {
  return process.getBuiltinModule('node:cluster') as unknown as Cluster;
}

/** The primary's end. */
export function clusterLine(hear: (id: string, word: Word) => void): Line {
  const cluster = theCluster();
  const listeners = new Map<Worker, (message: Message) => void>();
  const attach = (worker: Worker): void => {
    const listener = ({ cmd, content }: Message): void => {
      if (cmd === ANSWER) hear(nameOf(worker), content as Word);
    };
    listeners.set(worker, listener);
    wireOf(worker).on('internalMessage', listener);
  };
  const detach = (worker: Worker): void => {
    const listener = listeners.get(worker);
    if (!listener) return;
    listeners.delete(worker);
    wireOf(worker).off('internalMessage', listener);
  };
  const lose = (worker: Worker): void => {
    detach(worker);
    hear(nameOf(worker), { type: 'ended', id: nameOf(worker) });
  };
  for (const worker of Object.values(cluster.workers ?? {})) if (worker) attach(worker);
  // Without the line it can answer no more, though it may run on for a while.
  cluster.on('fork', attach).on('disconnect', lose).on('exit', lose);
  return {
    ask: (question) => [...listeners.keys()].forEach((worker) => send(wireOf(worker), QUESTION, question)),
    close() {
      cluster.off('fork', attach).off('disconnect', lose).off('exit', lose);
      [...listeners.keys()].forEach(detach);
    },
  };
}

/** The end of a worker. */
export function clusterSpeaker({ onQuestion, onEnd }: Listener): Speaker {
  const wire = process as unknown as Wire;
  const listener = ({ cmd, act, content }: Message): void => {
    if (cmd === QUESTION) onQuestion(content as Question);
    // The primary lets go of this worker, which hangs up in answer to it: this is the last chance to say anything.
    if (cmd === 'NODE_CLUSTER' && act === 'disconnect') onEnd();
  };
  wire.prependListener('internalMessage', listener);
  process.on('exit', onEnd);
  return {
    say: (word) => send(wire, ANSWER, word),
    close() {
      wire.off('internalMessage', listener);
      process.off('exit', onEnd);
    },
  };
}

function nameOf({ id }: Worker): string {
  return `cluster worker ${id}`;
}

function wireOf(worker: Worker): Wire {
  return worker.process;
}

function send(wire: Wire, cmd: string, content: object): void {
  // Whoever has hung up meanwhile is told by the events; a message to it is nobody's failure.
  if (wire.connected) wire.send?.({ cmd, content }, undefined, undefined, () => undefined);
}
