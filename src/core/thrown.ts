/** A member of whatever was thrown or given; `undefined` where it has none, or a getter that throws: that is not ours to meet. */
export function memberOf(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** The message of whatever was thrown, an Error or not. Never throws. */
export function messageOf(thrown: unknown): string {
  try {
    if (isErrorLike(thrown)) return String(thrown.message);
    return String(thrown);
  } catch {
    return 'an object that cannot be printed';
  }
}

/** The `name` of an Error; `_OTHER` for what is no Error, the value OpenTelemetry reserves for that. Never throws. */
export function typeOf(thrown: unknown): string {
  try {
    return isErrorLike(thrown) && typeof thrown.name === 'string' && thrown.name !== '' ? thrown.name : '_OTHER';
  } catch {
    return '_OTHER';
  }
}

/** True for errors of any realm: test runners and worker contexts have an `Error` of their own. */
export function isErrorLike(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error || Object.prototype.toString.call(thrown) === '[object Error]' || isDomException(thrown);
  } catch {
    return false; // a proxy that forbids to look
  }
}

function isDomException(thrown: unknown): boolean {
  return Object.prototype.toString.call(thrown) === '[object DOMException]';
}
