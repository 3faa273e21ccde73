import { answerQuestions, type AnsweringDeps } from './answering.js';
import { clusterLine, clusterSpeaker, theCluster } from './cluster-line.js';
import { ANSWER_MS, type Peers } from './peers.js';
import { isMainThread, threadSpeaker, threadsLine } from './thread-line.js';

/**
 * Joins in: the main thread of a process gathers what its threads count, and the primary of a cluster what its workers do. Everybody else
 * answers. Returns what leaves again.
 */
export function joinScaleOut(peers: Peers, answering: AnsweringDeps): () => void {
  if (!isMainThread()) return answerQuestions(threadSpeaker, answering);
  const hear = peers.hear.bind(peers);
  if (!theCluster().isWorker) {
    peers.connect([threadsLine(hear), clusterLine(hear)]);
    return () => peers.disconnect();
  }
  // A worker of a cluster answers with its threads' counts and its own, so it must be quicker than who waits for it.
  peers.connect([threadsLine(hear)], ANSWER_MS / 2);
  const leave = answerQuestions(clusterSpeaker, answering);
  return () => {
    leave();
    peers.disconnect();
  };
}
