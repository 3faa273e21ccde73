import type { ToolFacts } from '../core/telemetry.js';
import type { AnyClass, Card } from '../metadata/card.js';
import { cardsOf } from '../metadata/members.js';
import { claimName } from './names.js';
import { factsOf, resolveTool, type ResolvedTool } from './resolve.js';
import { runtime } from './runtime.js';

/** Every tool decorated so far: each function for its own class, and for each subclass that decorators gave other defaults. */
export function* declaredTools(): Generator<ResolvedTool> {
  for (const card of runtime.cards) {
    const tool = resolveTool(card, card.home);
    claimName(tool);
    yield tool;
  }
  for (const target of runtime.classes) {
    for (const card of cardsOf(target)) if (!isHome(card, target)) yield resolveTool(card, target);
  }
}

/** Also what another decorator put in the place of the class, a proxy for instance. */
function isHome({ home }: Card, target: AnyClass): boolean {
  return home === target || (home !== undefined && home.prototype === target.prototype);
}

/** The same as telemetry wants to know it. */
export function* declaredFacts(): Generator<ToolFacts> {
  for (const tool of declaredTools()) yield factsOf(tool, runtime.globalLimit !== undefined);
}
