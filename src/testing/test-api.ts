import { AsyncLocalStorage } from 'node:async_hooks';
import { loadApi, type OpenTelemetryApi } from '../bootstrap/packages/opentelemetry.js';
import { isContextManaged } from '../bootstrap/traces/context.js';
import type { Context, Span, Tracer } from '../core/span.js';
import type { TracingApi } from '../telemetry/tracing-api.js';

/** What the test's tracer needs of an OpenTelemetry API, real or not. */
export interface TestApi extends TracingApi {
  readonly trace: TracingApi['trace'] & { getSpan(context: Context): Span | undefined };
  /** Has the user's own spans land in the same memory. */
  provide(tracer: (name: string) => Tracer): void;
  /** Takes back what was registered. */
  release(): void;
}

/** The installed @opentelemetry/api, registered with what it lacks; without the package a small one that serves only us. */
export function testApi(): TestApi {
  const { module: api } = loadApi();
  return api ? installedApi(api as InstalledApi) : standInApi();
}

type InstalledApi = OpenTelemetryApi & {
  readonly trace: { getSpan(context: Context): Span | undefined };
  readonly context: { setGlobalContextManager(manager: object): boolean };
};

function installedApi(api: InstalledApi): TestApi {
  const ownsContext = !isContextManaged(api) && api.context.setGlobalContextManager(contextManager(api.ROOT_CONTEXT));
  let ownsProvider = false;
  return {
    context: api.context,
    trace: api.trace,
    provide(tracer) {
      const getTracer = (name: string): Tracer => activating(api, tracer(name));
      ownsProvider = api.trace.setGlobalTracerProvider({ getTracer });
    },
    release() {
      if (ownsProvider) api.trace.disable();
      if (ownsContext) api.context.disable();
    },
  };
}

/** OpenTelemetry's `ContextManager` over AsyncLocalStorage, which its SDK would bring. */
function contextManager(root: Context): object {
  const storage = new AsyncLocalStorage<Context>();
  const manager = {
    active: () => storage.getStore() ?? root,
    with: (context: Context, fn: (...args: unknown[]) => unknown, thisArg: unknown, ...args: unknown[]) =>
      storage.run(context, () => fn.apply(thisArg, args)),
    bind: (context: Context, target: unknown) =>
      typeof target === 'function'
        ? (...args: unknown[]) => storage.run(context, () => (target as (...all: unknown[]) => unknown)(...args))
        : target,
    enable: () => manager,
    disable() {
      storage.disable(); // one that is left on costs every promise of the process, and each test makes one
      return manager;
    },
  };
  return manager;
}

/** `startActiveSpan` for user code, in all its forms. */
function activating(api: TracingApi, tracer: Tracer): Tracer {
  const startActiveSpan = (name: string, ...rest: unknown[]): unknown => {
    const fn = rest.pop() as (span: Span) => unknown;
    const [options, context = api.context.active()] = rest as [object?, Context?];
    const span = tracer.startSpan(name, options, context);
    return api.context.with(api.trace.setSpan(context, span), fn, undefined, span);
  };
  return { startSpan: (...args) => tracer.startSpan(...args), startActiveSpan: startActiveSpan };
}

const SPAN_KEY = Symbol('toolspan test span');

function standInApi(): TestApi {
  const storage = new AsyncLocalStorage<Context>();
  const root = standInContext(new Map());
  return {
    context: {
      active: () => storage.getStore() ?? root,
      with: (context, fn, _thisArg, ...args) => storage.run(context, () => fn(...args)),
    },
    trace: {
      setSpan: (context, span) => context.setValue(SPAN_KEY, span),
      getSpan: (context) => context.getValue(SPAN_KEY) as Span | undefined,
    },
    provide: () => undefined,
    release: () => storage.disable(),
  };
}

function standInContext(values: ReadonlyMap<symbol, unknown>): Context {
  return {
    getValue: (key) => values.get(key),
    setValue: (key, value) => standInContext(new Map([...values, [key, value]])),
    deleteValue: (key) => standInContext(new Map([...values].filter(([other]) => other !== key))),
  };
}
