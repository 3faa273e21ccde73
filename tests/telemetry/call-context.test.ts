import { context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { currentCall, tool } from 'toolspan';
import { CallContext } from '../../src/telemetry/call-context.js';
import { observed } from '../support/observed.js';

const it = observed();
const OWN = createContextKey('own');

/** Called in a context that holds a value of the user's own. */
const asking = tool({ name: 'asking' }, async () => ({
  here: context.active(),
  own: context.active().getValue(OWN),
  span: trace.getActiveSpan()?.spanContext().spanId,
}));

test('what was set outside is seen inside, and the span of the call is the active one', async () => {
  const seen = await context.with(ROOT_CONTEXT.setValue(OWN, 1), () => asking());
  expect(seen.own).toBe(1);
  expect(seen.span).toBe(it.seen.spans[0]!.spanId);
});

test('what is set upon it keeps span and call; a span set upon it keeps the call', async () => {
  const setting = tool({ name: 'setting' }, async () =>
    context.with(context.active().setValue(OWN, 2), () => {
      const before = trace.getActiveSpan()?.spanContext().spanId;
      const inner = trace.getTracer('user').startActiveSpan('own', (span) => {
        span.end();
        return [trace.getActiveSpan() === span, currentCall()?.tool, context.active().getValue(OWN)];
      });
      const without = trace.deleteSpan(context.active());
      return {
        before,
        inner,
        deleted: trace.getSpan(without),
        kept: without.getValue(OWN),
        gone: context.active().deleteValue(OWN).getValue(OWN),
      };
    }),
  );
  const { before, inner, deleted, kept, gone } = await setting();
  const [call, own] = it.seen.spans;
  expect(before).toBe(call!.spanId);
  expect(own!.parentSpanId).toBe(call!.spanId);
  expect(inner).toEqual([true, 'setting', 2]);
  expect([deleted, kept, gone]).toEqual([undefined, 2, undefined]);
});

test('a tool that goes on in its own context for ever does not pile contexts up', async () => {
  const depths: number[] = [];
  const again = tool({ name: 'again' }, async (left: number): Promise<void> => {
    depths.push(depthOf(context.active()));
    if (left > 0) await again(left - 1);
  });
  await again(20);
  expect(new Set(depths)).toEqual(new Set([1]));
});

/** How many layers of ours lie upon each other. */
function depthOf(active: unknown): number {
  let depth = 0;
  for (let at = active; at instanceof CallContext; at = (at as unknown as { below: unknown }).below) depth += 1;
  return depth;
}
