const { stdout, stderr } = process;

/** Text goes to stdout. Progress goes to stderr: one line that moves where that is a terminal, else a line every few seconds. */
export class Screen {
  readonly isColoured = stdout.isTTY && !process.env['NO_COLOR'];
  #isProgressShown = false;
  #lastLine = -Infinity;

  say(text = ''): void {
    this.#clear();
    stdout.write(`${text}\n`);
  }

  progress(text: string): void {
    if (stderr.isTTY) {
      stderr.write(`\r${text.slice(0, (stderr.columns || 80) - 1)}\u001b[K`);
      this.#isProgressShown = true;
    } else if (performance.now() - this.#lastLine >= 2_000) {
      this.#lastLine = performance.now();
      stderr.write(`${text}\n`);
    }
  }

  /** In a colour, where there are colours. */
  paint(style: keyof typeof STYLES, text: string): string {
    return this.isColoured && text !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }

  heading(text: string): void {
    this.say(`\n${this.paint('bold', text)}\n`);
  }

  #clear(): void {
    if (this.#isProgressShown) stderr.write('\r\u001b[K');
    this.#isProgressShown = false;
  }
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
