import assert from 'node:assert/strict';

/** One reading of a metrics server on loopback. */
export class Scrape {
  private constructor(
    readonly contentType: string,
    readonly text: string,
  ) {}

  static async from(port: number | undefined, accept = 'text/plain'): Promise<Scrape> {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } });
    assert.equal(response.status, 200);
    return new Scrape(response.headers.get('content-type') ?? '', await response.text());
  }

  /** The value of each of these series, written as they are served. */
  values(...series: string[]): (number | undefined)[] {
    const lines = this.text.split('\n');
    const numberIn = (line: string | undefined) => (line === undefined ? undefined : Number(line.split(' ').at(-1)));
    return series.map((name) => numberIn(lines.find((line) => line.startsWith(`${name} `))));
  }
}
