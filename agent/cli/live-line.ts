import type { Output } from "./exit.ts";

const CLEAR = "\r\u{1b}[K";

/** What fits a terminal of the usual width: a line that wraps could not be taken back. */
const MAX_LENGTH = 79;

/** One line on stderr that says what is going on, and is taken back. For somebody who watches: else there is none. */
export class LiveLine {
  readonly #output: Output;
  readonly #watched: boolean;
  #shown = "";

  constructor(output: Output, watched: boolean) {
    this.#output = output;
    this.#watched = watched;
  }

  /** Shows `text` in the place of what was shown. */
  show(text: string): void {
    const line = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
    if (!this.#watched || line === this.#shown) return;
    this.#output.stderr(`${CLEAR}${line}`);
    this.#shown = line;
  }

  /** Takes the line back: before anything else is printed, and at the end. */
  clear(): void {
    if (this.#shown !== "") this.#output.stderr(CLEAR);
    this.#shown = "";
  }
}
