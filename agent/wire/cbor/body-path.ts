/** Where in a body a codec is, so that a fault can name the place: `mitigation-scope.scope[0].lifetime`. */

import { WireError } from "../bytes.ts";
import type { WireErrorCode } from "../bytes.ts";

const MODULE = "ietf-dots-signal-channel:";

/** A way down from the outermost map; building the text waits until there is a fault. */
export class BodyPath {
  readonly #steps: (string | number)[] = [];

  /** How many values are open, the outermost not counted. */
  get depth(): number {
    return this.#steps.length;
  }

  /** Goes into a member (its name) or an entry (its index). */
  enter(step: string | number): void {
    this.#steps.push(step);
  }

  leave(): void {
    this.#steps.pop();
  }

  /** An error about this place, to be thrown. */
  fault(code: WireErrorCode, what: string): WireError {
    const place = this.#text();
    return new WireError(code, place === "" ? what : `${place}: ${what}`);
  }

  #text(): string {
    let text = "";
    for (const step of this.#steps) {
      if (typeof step === "number") text += `[${step}]`;
      else
        text +=
          (text === "" ? "" : ".") + (step.startsWith(MODULE) ? step.slice(MODULE.length) : step);
    }
    return text;
  }
}
