import type { BroadcastChannel, Worker } from 'node:worker_threads';
import type { Line, Listener, Question, Speaker, Word } from './words.js';

// Threads of one process hear each other on two channels of the process. There is one way for the questions and one for the answers, and
// nobody keeps an end of the second but the main thread: every open end is sent a copy of everything.

const QUESTIONS = 'toolspan.v1.questions';
const ANSWERS = 'toolspan.v1.answers';

interface Letter {
  readonly from: string;
  readonly word: Word;
}

// Loaded where it is used: most of those who import us never need it.
const threads = () => process.getBuiltinModule('node:worker_threads');

/** Whether this is the main thread of its process. */
export function isMainThread(): boolean {
  return threads().isMainThread;
}

function nameOf(threadId: number): string {
  return `worker thread ${threadId}`;
}

/** The main thread's end. It keeps no process alive. */
export function threadsLine(hear: (id: string, word: Word) => void): Line {
  const answers = open(ANSWERS);
  answers.onmessage = ({ data }) => hear((data as Letter).from, (data as Letter).word);
  const questions = open(QUESTIONS);
  const unwatch = watchThreads((id) => hear(id, { type: 'ended', id }));
  return {
    ask: (question) => questions.postMessage(question),
    close() {
      unwatch();
      answers.close();
      questions.close();
    },
  };
}

/** The end of any other thread. */
export function threadSpeaker({ onQuestion, onEnd }: Listener): Speaker {
  const from = nameOf(threads().threadId);
  const say = (word: Word): void => {
    const answers = open(ANSWERS);
    answers.postMessage({ from, word } satisfies Letter);
    answers.close();
  };
  const questions = open(QUESTIONS);
  questions.onmessage = ({ data }) => onQuestion(data as Question);
  // The main thread is not told of the end of threads that others have started.
  const unwatch = watchThreads((id) => say({ type: 'ended', id }));
  process.on('exit', onEnd);
  return {
    say,
    close() {
      process.off('exit', onEnd);
      unwatch();
      questions.close();
    },
  };
}

/** Tells of the end of threads that this one starts. */
function watchThreads(onEnd: (id: string) => void): () => void {
  const watch = (worker: Worker): void => {
    const id = nameOf(worker.threadId); // it has none when it has ended
    worker.once('exit', () => onEnd(id));
  };
  process.on('worker', watch);
  return () => process.off('worker', watch);
}

function open(name: string): BroadcastChannel {
  const channel = new (threads().BroadcastChannel)(name);
  channel.unref();
  return channel;
}
