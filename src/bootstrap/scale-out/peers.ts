import { systemClock, type Clock } from '../../core/clock.js';
import type { Once } from '../../core/once.js';
import { atOnce, inTurns } from '../../core/turns.js';
import type { Counts } from '../../telemetry/families.js';
import type { Faults } from '../../telemetry/faults.js';
import type { Snapshot } from '../../telemetry/snapshot.js';
import { Sum, type Contribution } from './sum.js';
import type { DeliveryKind, Line, Word } from './words.js';

/** What the book of peers is kept with. */
export interface PeersDeps {
  readonly faults: Faults;
  readonly once: Once;
  readonly clock?: Clock;
}

/** Another thread or process that counts. */
interface Peer {
  snapshot: Snapshot | undefined;
  /** Whether a scrape waits for its answer: not for one that is slow, until it answers again. */
  isAwaited: boolean;
  /** Whether it said its last word, and may have ended: nobody knows its present state. */
  hasLeft: boolean;
  /** When it ended. */
  goneAt: number | undefined;
}

interface Wait {
  readonly round: number;
  readonly missing: Set<string>;
  readonly done: () => void;
}

/** The longest a scrape waits for the others, in milliseconds. */
export const ANSWER_MS = 1_000;

// Its last counts may come a moment after the news that it has ended.
const LAST_WORDS_MS = 1_000;

// Who is killed takes along at most what it counted since it was last asked.
const ASK_EVERY_MS = 5_000;

/** The other threads and processes that count, and what we know of their counts. */
export class Peers {
  readonly #peers = new Map<string, Peer>();
  readonly #lines = new Set<Line>();
  readonly #waits = new Set<Wait>();
  readonly #clock: Clock;
  readonly #sum: Sum;
  #answerMs = ANSWER_MS;
  #round = 0;
  #stopAsking: (() => void) | undefined;
  /** Grows when one of them tells what it has counted. */
  heard = 0;
  /** What is delivered for all of us. */
  delivers: () => readonly DeliveryKind[] = () => [];

  constructor(private readonly deps: PeersDeps) {
    this.#clock = deps.clock ?? systemClock;
    this.#sum = new Sum(deps.once);
  }

  /** From now on these can be reached. Who is there already is asked at once. */
  connect(lines: readonly Line[], answerMs = ANSWER_MS): void {
    this.#answerMs = answerMs;
    for (const line of lines) this.#lines.add(line);
    this.#askAll();
  }

  /** Nobody can be reached any more. What they had counted stays. */
  disconnect(): void {
    for (const line of this.#lines) line.close();
    this.#lines.clear();
    for (const peer of this.#peers.values()) peer.isAwaited = false;
    for (const { done } of [...this.#waits]) done();
    this.#stopAsking?.();
  }

  /** Whether nobody else counts, nor ever did. */
  get isAlone(): boolean {
    return this.#peers.size === 0 && this.#sum.isEmpty;
  }

  /** One of them says something. */
  hear(id: string, word: Word): void {
    if (word.type === 'ended') return this.lose(word.id);
    if (word.type === 'apart') return this.#forget(id);
    const peer = this.#peerOf(id);
    const isNew = !peer.isAwaited;
    if (word.type === 'counts') {
      this.heard += 1;
      peer.snapshot = word.snapshot;
    }
    peer.hasLeft = word.type === 'counts' && word.isLast === true;
    peer.isAwaited = peer.goneAt === undefined && !peer.hasLeft;
    if (word.type === 'hello') this.#askAll();
    else this.#release(id, peer.hasLeft ? Infinity : word.round);
    if (peer.isAwaited && isNew) this.#keepAsking();
  }

  /** One of them has ended. */
  lose(id: string): void {
    const peer = this.#peers.get(id);
    if (!peer) return;
    peer.isAwaited = false;
    peer.goneAt ??= this.#clock.now();
    this.#release(id, Infinity);
  }

  /** Our counts and everybody's, as of now. Who does not answer in time is counted as it was last known. */
  async sumOf(own: () => Counts): Promise<Counts> {
    await this.#answers();
    const counts = own();
    return inTurns(this.#sum.steps(counts, this.#contributions(counts)));
  }

  /** The same without asking anybody. */
  knownSumOf(own: Counts): Counts {
    return this.isAlone ? own : atOnce(this.#sum.steps(own, this.#contributions(own)));
  }

  /** Forgets all counts, also of those that ended. */
  reset(): void {
    this.#sum.reset();
    for (const [id, peer] of this.#peers) {
      if (peer.isAwaited) peer.snapshot = undefined;
      else this.#peers.delete(id);
    }
  }

  #contributions({ tallies }: Counts): Contribution[] {
    const contributions: Contribution[] = [];
    for (const [id, { snapshot, hasLeft, goneAt }] of this.#peers) {
      const contribution = snapshot && { id, snapshot, isGone: hasLeft || goneAt !== undefined };
      if (goneAt === undefined || this.#clock.now() - goneAt < LAST_WORDS_MS) {
        if (contribution) contributions.push(contribution);
        continue;
      }
      this.#peers.delete(id);
      if (contribution) this.#sum.keep(contribution, tallies);
    }
    return contributions;
  }

  #peerOf(id: string): Peer {
    let peer = this.#peers.get(id);
    if (!peer) this.#peers.set(id, (peer = { snapshot: undefined, isAwaited: false, hasLeft: false, goneAt: undefined }));
    return peer;
  }

  #forget(id: string): void {
    this.#peers.delete(id);
    this.#release(id, Infinity);
  }

  #release(id: string, round: number): void {
    for (const wait of [...this.#waits]) {
      if (round < wait.round) continue;
      wait.missing.delete(id);
      if (wait.missing.size === 0) wait.done();
    }
  }

  #askAll(): void {
    this.#round += 1;
    const question = { type: 'ask', round: this.#round, delivers: this.delivers() } as const;
    for (const line of this.#lines) line.ask(question);
  }

  /** All that can be waited for have answered, or are out of time. */
  #answers(): Promise<void> {
    const missing = new Set([...this.#peers].filter(([, { isAwaited }]) => isAwaited).map(([id]) => id));
    this.#askAll();
    if (missing.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        this.#waits.delete(wait);
        resolve();
      };
      const wait: Wait = { round: this.#round, missing, done };
      const cancel = this.#clock.setTimer(() => {
        this.#giveUp(missing);
        done();
      }, this.#answerMs);
      this.#waits.add(wait);
    });
  }

  #giveUp(missing: ReadonlySet<string>): void {
    for (const id of missing) {
      const peer = this.#peers.get(id);
      if (peer) peer.isAwaited = false;
    }
    this.deps.faults.count('scrape', missing.size);
    this.deps.once.warn(
      'slow peers',
      `${[...missing].join(', ')} did not say within ${this.#answerMs} ms what was counted there: its last known counts are used, and it is ` +
        'waited for again when it has answered. Further ones are only counted, in tool_telemetry_errors_total',
    );
  }

  /** As long as there is anybody to ask. It does not keep the process alive. */
  #keepAsking(): void {
    if (this.#stopAsking || this.#lines.size === 0) return;
    const ask = (): void => {
      this.#stopAsking = undefined;
      if (![...this.#peers.values()].some(({ isAwaited }) => isAwaited)) return;
      this.#askAll();
      this.#keepAsking();
    };
    const cancel = this.#clock.setTimer(ask, ASK_EVERY_MS, true);
    this.#stopAsking = () => {
      cancel();
      this.#stopAsking = undefined;
    };
  }
}
