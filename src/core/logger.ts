import { withoutSecrets } from './secrets.js';

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
  // Errors of others, and addresses with passwords in them, are part of what we say.
  const told = withoutSecrets(message);
  try {
    // Some loggers promise to write; what they did not is said all the same.
    Promise.resolve(logger.warn(told) as unknown).catch(() => stderrLogger.warn(told));
  } catch {
    stderrLogger.warn(told);
  }
}

/** Says what is done, and why, to who wants to follow it. */
export type Explain = (message: string) => void;

/** The same for what only matters to who looks for a fault; a logger that knows no such level takes it as a warning. */
export function debug(logger: Logger, message: string): void {
  warn(logger.debug ? { warn: (text) => logger.debug!(text) } : logger, message);
}
