import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call, Run } from '../core/call.js';
import { noted, runningCall } from './running.js';
import { layRowsAgain, runtime } from './runtime.js';

// Where tracing is on, its context carries each call along, and `currentCall()` costs nothing more. Where it is off, carrying takes an
// AsyncLocalStorage, which before Node 24 costs even every promise of the process: so all tools are carried or none, and none where
// nobody asks. Then a call is known as long as it runs synchronously.

// Calls of all tools together, since one was called for the first time, after which nobody is expected to ask any more.
const LEARNING_CALLS = 1_000;

/** Whether calls are carried along after a wait. */
export function isFollowing(): boolean {
  return runtime.following.isOn || isTraced();
}

function isTraced(): boolean {
  return runtime.telemetry?.callHere !== undefined;
}

/** Whether it is still to be found out if anybody asks. */
export function isLearning(): boolean {
  return runtime.following.isOn && !runtime.following.isAsked && !isTraced();
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
  const { following, telemetry } = runtime;
  if (!following.isAsked) {
    following.isAsked = true;
    start();
    layRowsAgain();
    if (following.running) carryRunning();
  }
  return telemetry?.callHere?.() ?? following.carrier.getStore();
}

/** Runs it as part of the call. */
export function carried(run: Run): Run {
  if (isTraced()) return run;
  const { following } = runtime;
  const plainly = noted(run);
  // What began before calls were given up goes on without: to enter the carrier again would switch it on for good.
  return following.isOn ? (call) => (following.isOn ? following.carrier.run(call, run, call) : plainly(call)) : plainly;
}

/** What runs synchronously is carried along from here on, until it gives way to what ran before. */
function carryRunning(): void {
  const { following } = runtime;
  const call = runningCall();
  following.onReturn = call && carryRunning;
  following.carrier.enterWith(call);
}

function start(): void {
  const { following } = runtime;
  if (following.isOn) return;
  following.isOn = true;
  // A new one: in calls that began before, an outer tool's call would be found for the one of a tool inside that was not carried along.
  following.carrier = new AsyncLocalStorage<Call | undefined>();
  layRowsAgain();
}
