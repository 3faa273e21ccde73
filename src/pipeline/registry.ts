import type { ToolFacts } from '../core/telemetry.js';
import type { AnyClass, Card } from '../metadata/card.js';
import { cardsOf } from '../metadata/members.js';
import { claimName } from './names.js';
import { factsOf, resolveTool, type ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';

/** Every tool decorated so far: each function for its own class, and for each subclass that decorators gave other defaults. */
export function* declaredTools(): Generator<ResolvedTool> {
  for (const { card, receiver } of declarations()) {
    const tool = resolveTool(card, receiver);
    if (receiver === card.home) claimName(tool);
    yield tool;
  }
}

function* declarations(): Generator<{ readonly card: Card; readonly receiver: AnyClass | undefined }> {
  for (const card of runtime.cards) yield { card, receiver: card.home };
  for (const receiver of runtime.classes) {
    for (const card of cardsOf(receiver)) if (!isHome(card, receiver)) yield { card, receiver };
  }
}

/** Also what another decorator put in the place of the class, a proxy for instance. */
function isHome({ home }: Card, target: AnyClass): boolean {
  return home === target || (home !== undefined && home.prototype === target.prototype);
}

/** The same as telemetry wants to know it. A tool whose options do not go together says so when it is called, not at a scrape. */
export function* declaredFacts(): Generator<ToolFacts> {
  for (const { card, receiver } of declarations()) {
    const tool = resolvable(card, receiver);
    if (!tool) continue;
    if (receiver === card.home) claimName(tool);
    yield factsOf(tool, runtime.globalLimit !== undefined);
  }
}

function resolvable(card: Card, receiver: AnyClass | undefined): ResolvedTool | undefined {
  try {
    return resolveTool(card, receiver);
  } catch {
    return undefined;
  }
}
