// Compiled, not run: what legacy decorators cannot do.
import { Retry, Tool, tool } from 'toolspan';

class Properties {
  // @ts-expect-error -- the field would overwrite whatever a decorator puts there
  @Tool() arrow = async (): Promise<void> => undefined;
  // @ts-expect-error -- the same
  @Retry() fn = async function (): Promise<void> {};
  // @ts-expect-error -- the same, static
  @Tool() static fixed = async (): Promise<void> => undefined;
  // @ts-expect-error -- the same, without a value
  @Tool() declared!: () => Promise<void>;
  // What may be written instead.
  @Tool() async method(): Promise<void> {}
  traced = tool({ name: 'traced' }, async (n: number) => n);
}
const traced: Promise<number> = new Properties().traced(1);
