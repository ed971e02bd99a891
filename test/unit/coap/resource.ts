import { Code } from "../../../agent/wire/coap/code.ts";
import type { Answer, CoapResponse, RequestHandler } from "../../../agent/coap/types.ts";
import { content } from "./endpoints.ts";

/** A resource that a test changes. */
export class Resource {
  state = "0";
  subscribed = 0;
  stopped = 0;
  /** Answers with an error. */
  failing = false;
  readonly #listeners = new Set<(response: CoapResponse) => void>();

  readonly serve: RequestHandler = (): Answer => ({
    ...content(this.state),
    code: this.failing ? Code.NotFound : Code.Content,
    observation: {
      subscribe: (notify) => {
        this.subscribed += 1;
        this.#listeners.add(notify);
        return () => {
          this.stopped += 1;
          this.#listeners.delete(notify);
        };
      },
    },
  });

  change(state: string): void {
    this.state = state;
    this.send(content(state));
  }

  send(response: CoapResponse): void {
    for (const notify of this.#listeners) notify(response);
  }
}
