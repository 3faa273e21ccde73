// Compiled, not run: what only standard decorators can do.
import { Cached, CircuitBreaker, RateLimited, Retry, Tool, tool } from 'toolspan';

const symbol = Symbol('symbol');

class Private {
  @Retry() @Cached('1m') async #fetch(id: string): Promise<string> {
    return id;
  }
  @Tool() #sync(): number {
    return 1;
  }
  @Tool() static async #fixed(): Promise<void> {}
  @Retry() async *#stream(): AsyncGenerator<number> {}
  // @ts-expect-error -- a policy on a method that returns no promise
  @Retry() #wrong(): number {
    return 1;
  }
  all(): unknown[] {
    return [this.#fetch('id'), this.#sync(), Private.#fixed(), this.#stream(), this.#wrong()];
  }
}

@Tool({ namespace: 'properties' })
class Properties {
  readonly id = 'id';
  @Tool()
  @Cached('1m')
  @Retry()
  @CircuitBreaker()
  @RateLimited({ limit: 1, per: '1s' })
  get = async (n: number): Promise<string> => `${this.id} ${n}`;
  @Tool() sync = (n: number): number => n;
  @Tool() readonly fixed = async (): Promise<void> => undefined;
  @Tool() static shared = async (): Promise<typeof Properties> => this;
  @Tool() #hidden = async (): Promise<string> => this.id;
  @Tool() static #both = async (): Promise<void> => undefined;
  @Tool() [symbol] = async (): Promise<void> => undefined;
  @Tool() 'with blanks' = async (): Promise<void> => undefined;
  @Tool() declared: (n: number) => Promise<number> = async (n) => n;
  @Tool() generic = async <T>(value: T): Promise<T> => value;
  @Tool() receiver = async function (this: { id: string }): Promise<string> {
    return this.id;
  };
  @Retry() stream = async function* (): AsyncGenerator<number> {};
  @Tool() generator = function* (): Generator<number> {};
  @Retry() traced = tool({ name: 'inner' }, async (n: number) => n);
  all(): unknown[] {
    return [this.#hidden(), Properties.#both()];
  }
}
const got: Promise<string> = new Properties().get(1);
const generic: Promise<{ a: number }> = new Properties().generic({ a: 1 });
// @ts-expect-error -- the type of the property is kept
void new Properties().get('1');

const expression =
  @Tool()
  class {
    @Retry() async get(): Promise<number> {
      return 1;
    }
  };
const ofExpression: Promise<number> = new expression().get();

class Wrong {
  // @ts-expect-error -- a getter is no method, whatever it gives
  @Tool() get call(): () => Promise<void> {
    return async () => undefined;
  }
  // @ts-expect-error -- a policy on a property whose generator cannot wait
  @Retry() generator = function* (): Generator<number> {};
  // @ts-expect-error -- a private property that holds no function
  @Tool() #size = 1;
  size(): number {
    return this.#size;
  }
}
