/** A stretch of the day of a server: how long it lasts, how long an answer takes, and whether there is one. */
export interface Phase {
  readonly name: string;
  readonly lastsMs: number;
  readonly takesMs: number;
  /** `4`: every fourth answer takes ten times as long. */
  readonly everyNthSlow?: number;
  readonly isDown?: boolean;
}

export const PHASES: readonly Phase[] = [
  { name: 'well', lastsMs: 1_000, takesMs: 10 },
  { name: 'some answers slow', lastsMs: 1_500, takesMs: 10, everyNthSlow: 4 },
  { name: 'hangs', lastsMs: 1_000, takesMs: 5_000 },
  { name: 'down', lastsMs: 1_500, takesMs: 5, isDown: true },
  { name: 'well again', lastsMs: 2_000, takesMs: 10 },
];

/** Something out of our hands that has a bad day. */
export class Upstream {
  phase = PHASES[0]!;
  asked = 0;

  /** @throws the reason of the signal when that aborts */
  async price(item: string, signal: AbortSignal | undefined): Promise<number> {
    const { takesMs, everyNthSlow, isDown } = this.phase;
    this.asked += 1;
    const isSlow = everyNthSlow !== undefined && this.asked % everyNthSlow === 0;
    await pause(isSlow ? takesMs * 10 : takesMs, signal);
    if (isDown) throw new Error('connection refused');
    return item.length * 10;
  }
}

export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}
