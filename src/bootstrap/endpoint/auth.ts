import { nonEmptyText, options, type Rule } from '../../core/options.js';

/** Who may read the metrics: whoever knows a name and a password (HTTP Basic, RFC 7617), or a token (Bearer, RFC 6750). */
export type MetricsAuth = { username: string; password: string } | { bearerToken: string };

/** Stands before the metrics. */
export interface Gate {
  readonly scheme: 'Basic' | 'Bearer';
  /** What it was made for. */
  readonly auth: MetricsAuth;
  /** By the header `Authorization`. */
  admits(header: string | undefined): boolean;
}

const basic = options<{ username: string; password: string }>({ username: nonEmptyText, password: nonEmptyText }, ['username', 'password']);
const bearer = options<{ bearerToken: string }>({ bearerToken: nonEmptyText }, ['bearerToken']);

/** One of the two kinds, and nothing else. */
export const metricsAuth: Rule = {
  allowed: '{ username, password }, or { bearerToken }, each a string that is not empty',
  parse: (value) => basic.parse(value) ?? bearer.parse(value),
  isSecret: true,
};

export function gateOf(auth: MetricsAuth): Gate {
  if ('bearerToken' in auth) return gate(auth, 'Bearer', auth.bearerToken);
  return gate(auth, 'Basic', Buffer.from(`${auth.username}:${auth.password}`).toString('base64'));
}

/** What a 401 asks for. */
export function challengeOf({ scheme }: Gate): string {
  return scheme === 'Basic' ? 'Basic realm="metrics", charset="UTF-8"' : 'Bearer realm="metrics"';
}

function gate(auth: MetricsAuth, scheme: Gate['scheme'], credentials: string): Gate {
  const { createHash, timingSafeEqual } = process.getBuiltinModule('node:crypto');
  // Of equal length, so that how long it takes to compare tells nothing.
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(credentials);
  return {
    scheme,
    auth,
    admits(header = '') {
      const [given = '', ...rest] = header.trim().split(/ +/);
      return given.toLowerCase() === scheme.toLowerCase() && timingSafeEqual(digest(rest.join(' ')), expected);
    },
  };
}
