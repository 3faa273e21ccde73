import { withoutSecrets } from '../core/secrets.js';
import { warn } from '../core/logger.js';
import { runtime } from '../pipeline/runtime.js';
import type { Complain } from './environment.js';

/** What one set-up could not do: for its status, and for the log. */
export class Complaints {
  readonly warnings: string[] = [];
  readonly #packages: string[] = [];

  readonly complain: Complain = (warning, about) => {
    this.warnings.push(withoutSecrets(warning));
    if (about === 'package') this.#packages.push(warning);
    else warn(runtime.logger, warning);
  };

  /** Logs what is off for want of packages: in one line, and once however often set-up is called. */
  logMissing(): void {
    const news = this.#packages.splice(0).filter((warning) => runtime.once.isFirst(warning));
    if (news.length > 0) warn(runtime.logger, news.join('. '));
  }
}
