import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call, Next } from '../core/call.js';
import { layRowsAgain, runtime } from './runtime.js';

// Calls of all tools together, since one was called for the first time, after which nobody is expected to ask any more.
const LEARNING_CALLS = 1_000;

/**
 * Whether calls are carried along for `currentCall()`, by AsyncLocalStorage. That costs, before Node 24 even every promise of the
 * process; so it is done for all tools or for none, and for none where nobody asks.
 */
export function isFollowing(): boolean {
  return runtime.following.isOn;
}

/** Whether that is still to be found out. */
export function isLearning(): boolean {
  return runtime.following.isOn && !runtime.following.isAsked;
}

/** A tool is called for the first time: it may ask. */
export function learn(): void {
  runtime.following.callsLeft = LEARNING_CALLS;
  start();
}

/** Counts a call. True where it is one too many: calls are not carried along from now on. */
export function isGivenUp(): boolean {
  const { following } = runtime;
  if (!isLearning() || following.callsLeft-- > 0) return false;
  following.isOn = false;
  following.carrier.disable();
  layRowsAgain();
  return true;
}

/** The call that is under way here. Who asks once is expected to ask again. */
export function followedCall(): Call | undefined {
  const { following } = runtime;
  if (!following.isAsked) {
    following.isAsked = true;
    start();
    layRowsAgain();
  }
  return following.carrier.getStore();
}

/** Runs the rest of the row as part of the call. */
export function carried(next: Next): Next {
  return (call) => runtime.following.carrier.run(call, next, call);
}

function start(): void {
  const { following } = runtime;
  if (following.isOn) return;
  following.isOn = true;
  // A new one: in calls that began before, an outer tool's call would be found for the one of a tool inside that was not carried along.
  following.carrier = new AsyncLocalStorage<Call>();
  layRowsAgain();
}
