import { STATUS_CODES } from 'node:http';
import { Cached, CircuitBreaker, RateLimited, Retry, Tool } from 'toolspan';

/** A page that was fetched. */
export interface Page {
  readonly url: string;
  readonly text: string;
}

/** How to fetch. */
export interface FetchOptions {
  /** Past every cache on the way, ours included. */
  readonly fresh?: boolean;
}

/** The server answered, but not with a page. `status` and `retryAfterMs` are what the decorators look for. */
export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    readonly retryAfterMs: number | undefined,
  ) {
    super(`${status} ${STATUS_CODES[status] ?? ''}`.trim());
  }
}

/** Fetches pages over HTTP, through everything a call to somebody else's server wants. */
@Tool({ namespace: 'web' })
export class FetchTool {
  @Tool({ description: 'Fetches a page as text' })
  @Cached({ ttl: '1m', key: (url: string, { fresh }: FetchOptions = {}) => (fresh ? undefined : url) })
  @RateLimited({ limit: 40, per: '1s', burst: 10, maxWait: '3s' })
  @Retry({ maxRetries: 3, baseDelay: '60ms', maxDelay: '2s', retryIf: isPassing })
  @CircuitBreaker({ failureThreshold: 4, resetTimeout: '900ms', countIf: isPassing })
  async fetch(url: string, { fresh = false }: FetchOptions = {}): Promise<Page> {
    const headers: Record<string, string> = fresh ? { 'Cache-Control': 'no-cache' } : {};
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    if (!response.ok) throw new HttpError(response.status, retryAfter(response.headers.get('retry-after')));
    return { url, text: response.headers.get('content-type')?.includes('html') ? withoutMarkup(text) : text };
  }
}

/** Whether another try may help: a page that is not there will not be there in a second. */
export function isPassing(error: unknown): boolean {
  return error instanceof HttpError ? error.status >= 500 || error.status === 429 : true;
}

function withoutMarkup(html: string): string {
  return html.replaceAll(/<(script|style)\b.*?<\/\1>|<[^>]*>/gis, ' ').replaceAll(/\s+/g, ' ');
}

/** Milliseconds that a `Retry-After` header asks for: it gives seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
