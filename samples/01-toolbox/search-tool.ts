import { Cached, RateLimited, Tool } from 'toolspan';
import type { Hit, SearchIndex } from './search-index.js';

/** Searches the folder. Cached, since questions come again; limited, since a model that loops must not keep the processor busy. */
@Tool({ namespace: 'files' })
export class SearchTool {
  constructor(private readonly index: SearchIndex) {}

  @Tool({ description: 'Full-text search over the folder, best hits first' })
  @Cached({ ttl: '1m', maxEntries: 500 })
  @RateLimited({ limit: 40, per: '1s' })
  async search(query: string): Promise<Hit[]> {
    return this.index.search(query, 3);
  }
}
