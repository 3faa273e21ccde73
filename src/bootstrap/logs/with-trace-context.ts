import { ConfigurationError } from '../../core/errors.js';
import { shown } from '../../core/options.js';
import { traceContext, type TraceContext } from './trace-context.js';

type LogMethod = (...args: unknown[]) => unknown;

/** What we use of a logger, whatever it is. */
interface AnyLogger {
  readonly child?: (fields: object, ...rest: unknown[]) => AnyLogger;
  readonly levels?: { readonly values?: object };
  isLevelEnabled?(level: string): boolean;
  readonly [name: PropertyKey]: unknown;
}

/** Methods of loggers that do not name their levels. */
const LEVELS = new Set(['trace', 'debug', 'log', 'info', 'notice', 'warn', 'warning', 'error', 'fatal']);

/**
 * The same logger, whose lines also say where they were written: `trace_id`, `span_id`, `tool`. With pino, winston and whatever else has
 * child loggers these are fields; behind the lines of `console` they stand as text. Outside of spans and tools nothing is added. Child
 * loggers inherit it.
 * @throws ConfigurationError where it is given no logger
 */
export function withTraceContext<Logger extends object>(logger: Logger): Logger {
  if ((typeof logger !== 'object' && typeof logger !== 'function') || logger === null)
    throw new ConfigurationError(`withTraceContext: logger must be a logger, such as console, pino's or winston's, got ${shown(logger)}`);
  const methods = new Map<PropertyKey, LogMethod>();
  return new Proxy(logger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      let method = methods.get(name);
      if (!method) methods.set(name, (method = methodOf(target as unknown as AnyLogger, name)));
      return method;
    },
    // Not on what stands before it: setters, and private fields, are the logger's own.
    set: (target, name, value) => Reflect.set(target, name, value),
  });
}

/** The method is looked up anew for each line: loggers replace theirs when their level changes. */
function methodOf(logger: AnyLogger, name: PropertyKey): LogMethod {
  const call = (on: AnyLogger, args: unknown[]): unknown => Reflect.apply(on[name] as LogMethod, on, args);
  if (name === 'child') return (...args) => withTraceContext(call(logger, args) as AnyLogger);
  if (!isLevel(logger, name)) return (...args) => call(logger, args);
  return (...args) => {
    const isSilent = name !== 'log' && logger.isLevelEnabled?.(name) === false;
    const fields = isSilent ? undefined : fieldsHere();
    if (!fields) return call(logger, args);
    return logger.child ? call(logger.child(fields), args) : call(logger, behind(args, textOf(fields)));
  };
}

function isLevel({ levels }: AnyLogger, name: PropertyKey): name is string {
  if (typeof name !== 'string') return false;
  return LEVELS.has(name) || (levels !== undefined && Object.hasOwn(levels.values ?? levels, name));
}

function fieldsHere(): TraceContext | undefined {
  const fields = traceContext();
  return Object.keys(fields).length > 0 ? fields : undefined;
}

/** Behind the line, where it is not taken for what a `%` in the line stands for. */
function behind(args: unknown[], text: string): unknown[] {
  const hasFormat = typeof args[0] === 'string' && args[0].includes('%');
  return hasFormat ? ['%s %s', process.getBuiltinModule('node:util').format(...args), text] : [...args, text];
}

function textOf(fields: TraceContext): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
