import { debug, type Explain, type Logger } from '../../core/logger.js';
import { read, type Environment } from '../environment.js';

const LEVELS = ['debug', 'verbose', 'all'];

/** Who is told what the library does, and why: the logger, where `OTEL_LOG_LEVEL` is `debug` or lower. */
export function explainer(env: Environment, logger: () => Logger): Explain | undefined {
  const level = read(env, 'OTEL_LOG_LEVEL')?.toLowerCase() ?? '';
  return LEVELS.includes(level) ? (message) => debug(logger(), message) : undefined;
}
