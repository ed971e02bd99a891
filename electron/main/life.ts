import type { Closing } from "./closing.ts";

/** An event of Electron's that goes on unless it is stopped. */
export interface Stoppable {
  preventDefault(): void;
}

/** What the app's life is made of. */
export interface LifeParts {
  readonly onWindowClosed: () => Closing;
  readonly onQuit: () => "quit" | "ask";
  /** Asks the user; whether to quit. */
  readonly ask: () => Promise<boolean>;
  readonly hideWindow: () => void;
  /** The window is hidden, and the app goes on. */
  readonly tellItStays: () => void;
  /** Ends the agent in good order. */
  readonly stop: () => Promise<void>;
  /** Ends the app at once. */
  readonly exit: () => void;
}

/** When the app ends, and how: the agent first, so that servers hear a goodbye. */
export class Life {
  readonly #parts: LifeParts;
  #phase: "running" | "asking" | "ending" = "running";

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  /** The user closes the window. */
  closeWindow(event: Stoppable): void {
    event.preventDefault();
    switch (this.#parts.onWindowClosed()) {
      case "hide":
        this.#parts.hideWindow();
        this.#parts.tellItStays();
        break;
      case "quit":
        this.#end();
        break;
      case "ask":
        this.#ask();
        break;
    }
  }

  /** The app is about to quit, whoever wanted that. */
  beforeQuit(event: Stoppable): void {
    event.preventDefault();
    if (this.#parts.onQuit() === "ask") this.#ask();
    else this.#end();
  }

  /** A signal, or the end of the user's session: nobody is there to be asked. */
  endNow(): void {
    this.#end();
  }

  #ask(): void {
    if (this.#phase !== "running") return;
    this.#phase = "asking";
    const answered = (quits: boolean): void => {
      if (this.#phase !== "asking") return; // ended meanwhile
      this.#phase = "running";
      if (quits) this.#end();
    };
    // A question that cannot be shown must not keep the app for ever.
    this.#parts.ask().then(answered, () => answered(true));
  }

  #end(): void {
    if (this.#phase === "ending") return;
    this.#phase = "ending";
    const { exit, hideWindow, stop } = this.#parts;
    hideWindow();
    stop().then(exit, exit);
  }
}
