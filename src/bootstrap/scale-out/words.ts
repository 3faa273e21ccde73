import type { Snapshot } from '../../telemetry/snapshot.js';

// What threads and processes say to each other. Only plain data: it is cloned, or goes through JSON.

/** Something that is delivered for everybody by the one who gathers. */
export type DeliveryKind = 'otlp' | 'pushgateway';

/** From the one who gathers to all others: what have you counted? */
export interface Question {
  readonly type: 'ask';
  readonly round: number;
  /** What they need not deliver themselves. */
  readonly delivers: readonly DeliveryKind[];
}

/** From the others to the one who gathers. */
export type Word =
  /** I count, and can be asked. */
  | { readonly type: 'hello' }
  /** This is what I have counted. `isLast`: I cannot be asked any more. */
  | { readonly type: 'counts'; readonly round: number; readonly snapshot: Snapshot; readonly isLast?: boolean }
  /** I am scraped by myself, leave me out of the sum. */
  | { readonly type: 'apart' }
  /** This one, which I had started, has ended. */
  | { readonly type: 'ended'; readonly id: string };

/** How the one who gathers reaches the others. */
export interface Line {
  ask(question: Question): void;
  close(): void;
}

/** How the others reach the one who gathers. */
export interface Speaker {
  say(word: Word): void;
  close(): void;
}

/** What the others are told. */
export interface Listener {
  onQuestion(question: Question): void;
  /** From now on nothing can be said. */
  onEnd(): void;
}
