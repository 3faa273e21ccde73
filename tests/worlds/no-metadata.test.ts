import { ConfigurationError, Retry, Tool } from 'toolspan';

/** What compilers from before decorator metadata (TypeScript 5.0, Babel's older versions) hand over. */
function context(kind: 'method' | 'field' | 'class'): object {
  return { kind, name: 'get', static: false, private: false, addInitializer: () => undefined };
}

const apply = (decorator: unknown, value: unknown, kind: 'method' | 'field' | 'class'): unknown =>
  (decorator as (value: unknown, context: object) => unknown)(value, context(kind));

test.each(['method', 'field', 'class'] as const)(
  'a standard decorator of a %s without metadata is a ConfigurationError: nobody could tell which decorators belong together',
  (kind) => {
    class Api {
      async execute(): Promise<void> {}
    }
    const value = { method: Api.prototype.execute, field: undefined, class: Api }[kind];
    expect(() => apply(Tool(), value, kind)).toThrow(ConfigurationError);
    expect(() => apply(Retry(), value, kind)).toThrow(/metadata.*TypeScript 5\.2/);
  },
);
