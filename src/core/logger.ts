/** Where the library says what it has to say. `console`, pino and winston fit. */
export interface Logger {
  warn(message: string): void;
  debug?(message: string): void;
}

/** The default: warnings, on stderr. */
export const stderrLogger: Logger = {
  warn: (message) => void process.stderr.write(`[toolspan] ${message}\n`),
};

/** A logger that throws is the application's business, but not the caller's of a tool. */
export function warn(logger: Logger, message: string): void {
  try {
    logger.warn(message);
  } catch {
    stderrLogger.warn(message);
  }
}
