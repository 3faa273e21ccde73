/** What each of several has to deliver: a number that changes with it, `undefined` for nothing. */
export type ReadNews = () => readonly (number | undefined)[];

/** The same for all of them together: a number that changes when any of them has something new to deliver. */
export function newsOf(read: ReadNews): () => number | undefined {
  let last: readonly (number | undefined)[] = [];
  let changes = 0;
  return () => {
    const now = read();
    if (now.every((news) => news === undefined)) return undefined;
    if (now.some((news, index) => news !== undefined && news !== last[index])) changes += 1;
    last = now.map((news, index) => news ?? last[index]);
    return changes;
  };
}
