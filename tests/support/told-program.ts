import { ChildProgram, type ProgramOptions } from './child-program';

/** A program that does what it is told, one line after the other. */
export class ToldProgram {
  #told = 0;

  private constructor(readonly program: ChildProgram) {}

  static start(name: string, options: ProgramOptions = {}): ToldProgram {
    return new ToldProgram(ChildProgram.start(name, { ...options, env: { OTEL_TRACES_EXPORTER: 'none', ...options.env } }));
  }

  /** Has it do something; resolves with what came of it. */
  tell<Result = undefined>(what: string, ...rest: readonly unknown[]): Promise<Result> {
    const id = ++this.#told;
    this.program.say(JSON.stringify([id, what, ...rest]));
    return this.program.reported<Result>(`answer ${id}`);
  }

  /** The value of a series in its own text; `undefined` where there is none. */
  async value(series: string): Promise<number | undefined> {
    return valueIn(await this.tell<string>('text'), series);
  }

  /** Has it come to a natural end. */
  async leave(): Promise<Awaited<ChildProgram['ended']>> {
    await this.tell('leave');
    return this.program.ended;
  }
}

/** The value of a series in the text format. */
export function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1).split(' ', 1)[0]);
}
