// Compiled, not run, twice: with legacy decorators and with standard ones. What only one of the worlds has is in files of its own.
import { Cached, CircuitBreaker, RateLimited, Retry, Tool } from 'toolspan';

const symbol = Symbol('symbol');

@Tool({ namespace: 'math', attributes: { team: 'core' } })
@Retry()
class Methods {
  #state = 1;
  @Tool() plain(): void {}
  @Tool('named') async add(a: number, b: number): Promise<number> {
    return a + b + this.#state;
  }
  @Cached('5m') @Retry(3) @CircuitBreaker() @RateLimited({ limit: 1, per: '1s' }) @Tool() async all(): Promise<string> {
    return '';
  }
  @Retry() static async fixed(): Promise<void> {}
  @Tool() async [symbol](): Promise<void> {}
  @Tool() async 42(): Promise<void> {}
  @Tool() async 'with blanks'(): Promise<void> {}
  @Tool({ streamIdleTimeout: '1m' }) async *lines(count: number): AsyncGenerator<string, number, boolean> {
    return (yield 'line') ? count : 0;
  }
  @Retry() @CircuitBreaker() @RateLimited({ limit: 1, per: '1s' }) async *stream(): AsyncGenerator<string> {}
  @Tool() *range(): Generator<number> {}
  @Retry() thenable(): PromiseLike<number> {
    return Promise.resolve(1);
  }
  @Retry() protected async hidden(): Promise<void> {}
  @Tool() private async secret(): Promise<void> {}
}

class Typed {
  find(id: number): Promise<number>;
  find(id: string): Promise<string>;
  @Retry() async find(id: number | string): Promise<number | string> {
    return id;
  }
  @Cached('1m') async generic<T extends object>(value: T): Promise<T> {
    return value;
  }
  @Retry() async self(): Promise<this> {
    return this;
  }
  @Retry() async receiver(this: Typed, n: number): Promise<number> {
    return n;
  }
  @Retry() async anyReceiver(this: { id: string }): Promise<string> {
    return this.id;
  }
  @Tool() nobody(this: void): void {}
  @Tool() static async make(this: typeof Typed): Promise<Typed> {
    return new this();
  }
  @Tool() optional(first: string, second = 1, ...rest: boolean[]): unknown[] {
    return [first, second, ...rest];
  }
}

const typed = new Typed();
const found: Promise<string> = typed.find('id');
const kept: Promise<{ a: number }> = typed.generic({ a: 1 });
const itself: Promise<Typed> = typed.self();
// @ts-expect-error -- parameters are checked as ever
void typed.receiver('1');
// @ts-expect-error -- so are results
const wrong: Promise<number> = typed.find('id');

@Tool({ namespace: 'abstract' })
abstract class Abstract {
  protected abstract read(): string;
  @Tool() async get(): Promise<string> {
    return this.read();
  }
}
@Cached('1m')
class Concrete extends Abstract {
  protected read(): string {
    return 'read';
  }
  @Tool() override async get(): Promise<string> {
    return super.get();
  }
}
@Tool('tool')
class ClassTool {
  constructor(readonly dependency: Concrete) {}
  async execute(args: { a: number }): Promise<number> {
    return args.a;
  }
}
@Tool()
class Singleton {
  static readonly instance = new Singleton();
  private constructor() {}
  async execute(): Promise<void> {}
}
@Tool()
class Generic<T> {
  constructor(readonly value: T) {}
  @Retry() async get(): Promise<T> {
    return this.value;
  }
}
const value: Promise<number> = new Generic(5).get();

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- TypeScript wants it for mixins
function Mixin<Base extends new (...args: any[]) => object>(base: Base) {
  @Tool({ namespace: 'mixed' })
  class Mixed extends base {
    @Retry() async mixed(): Promise<string> {
      return '';
    }
  }
  return Mixed;
}
const mixed: Promise<string> = new (Mixin(Concrete))().mixed();

class WrongTargets {
  // @ts-expect-error -- a policy on a method that returns no promise
  @Retry() sync(): number {
    return 1;
  }
  // @ts-expect-error -- the same, static
  @CircuitBreaker() static syncStatic(): void {}
  // @ts-expect-error -- a policy on a generator, which cannot wait
  @RateLimited({ limit: 1, per: '1s' }) *generator(): Generator<number> {}
  // @ts-expect-error -- a stream cannot be cached
  @Cached('1m') async *cachedStream(): AsyncGenerator<number> {}
  // @ts-expect-error -- a cache is a policy
  @Cached('5m') syncCached(): void {}
  // @ts-expect-error -- it may be synchronous
  @Retry() either(): number | Promise<number> {
    return 1;
  }
  // @ts-expect-error -- a getter is no method
  @Tool() get size(): number {
    return 1;
  }
  // @ts-expect-error -- nor is a setter
  @Tool() set length(_value: number) {}
  // @ts-expect-error -- nor is a static getter
  @Retry() static get shared(): string {
    return '';
  }
  // @ts-expect-error -- nor is an accessor
  @Tool() accessor accessible = async (): Promise<void> => undefined;
  // @ts-expect-error -- a property that holds no function
  @Tool() field = 1;
  // @ts-expect-error -- the same, static
  @Tool() static text = '';
  // @ts-expect-error -- a policy on a property whose function is synchronous
  @Retry() syncProperty = (): number => 1;
  // @ts-expect-error -- a stream cannot be cached in a property either
  @Cached('1m') streamProperty = async function* (): AsyncGenerator<number> {};
  // @ts-expect-error -- a property that may hold no function
  @Tool() maybe?: () => Promise<void>;
  // @ts-expect-error -- a parameter of a constructor
  constructor(@Tool() readonly parameter: string) {}
  // @ts-expect-error -- a parameter of a method
  method(@Retry() _parameter: string): void {}
}

class WrongOptions {
  // @ts-expect-error -- not a duration
  @Cached('5 minutes') async wrongDuration(): Promise<void> {}
  // @ts-expect-error -- per is missing
  @RateLimited({ limit: 1 }) async wrongRate(): Promise<void> {}
  // @ts-expect-error -- there is no such mode
  @CircuitBreaker({ failureRate: 0.5, mode: 'off' }) async wrongBreaker(): Promise<void> {}
  // @ts-expect-error -- there is no such option
  @Tool({ nome: 'x' }) async wrongName(): Promise<void> {}
  // @ts-expect-error -- a decorator must be called
  @Tool async notCalled(): Promise<void> {}
  // @ts-expect-error -- the same
  @Retry async notCalledEither(): Promise<void> {}
}
// @ts-expect-error -- the same on a class
@Tool
class NotCalled {
  async execute(): Promise<void> {}
}
