import type { CoapResponse } from "../../coap/types.ts";
import type { Timer } from "../../net/ports.ts";
import { Code } from "../../wire/coap/code.ts";
import { scopes } from "./answers.ts";
import { notFound, scopesOf, selected } from "./mitigation-view.ts";
import type { MitigationView } from "./mitigation-view.ts";
import type { MitigationRecord } from "./mitigation-record.ts";
import type { SessionContext } from "./session-context.ts";

/** How often the last word on a mitigation is sent: notifications may be lost. [RFC 9132 §4.4.2.1] */
const FAREWELLS = 3;

interface Departure {
  readonly record: MitigationRecord;
  left: number;
}

/**
 * One observation of a view: notifies when something of it changed, periodically while there is something to
 * tell, and of what is gone a few times more. An observation of one mitigation then ends with a 4.04; one of
 * all of a client's goes on, silently while there are none.
 */
export class MitigationObservation {
  readonly #context: SessionContext;
  readonly #view: MitigationView;
  readonly #notify: (response: CoapResponse) => void;
  readonly #unwatch: () => void;
  readonly #departures = new Map<string, Departure>();
  #soon: Timer | undefined;
  #farewell: Timer | undefined;

  constructor(
    context: SessionContext,
    view: MitigationView,
    notify: (response: CoapResponse) => void,
  ) {
    this.#context = context;
    this.#view = view;
    this.#notify = notify;
    this.#unwatch = context.table.watch(view.client, view.cuid, (departed) => {
      if (departed !== undefined && selected(view, [departed]).length > 0) {
        this.#departures.set(departed.id, { record: departed, left: FAREWELLS });
      }
      // Changes come in bunches, one for each mitigation: one look at all of them is enough.
      this.#soon ??= context.clock.after(0, () => this.#tell());
    });
  }

  /** Ends it. Idempotent. */
  stop(): void {
    this.#unwatch();
    this.#soon?.cancel();
    this.#farewell?.cancel();
  }

  #tell(): void {
    this.#soon = undefined;
    const hadDepartures = this.#departures.size > 0;
    const shown = scopesOf(this.#context, this.#view, this.#takeDepartures());
    if (shown.length > 0) {
      const { blocks } = this.#context;
      this.#notify(blocks.fit(this.#view.resource, scopes(Code.Content, shown)));
    } else if (this.#view.mid !== undefined) {
      this.#notify(notFound(this.#view));
    }
    if (hadDepartures) this.#tellAgain();
  }

  /** Nothing else may ever happen that would lead here again. */
  #tellAgain(): void {
    const { clock, policy } = this.#context;
    this.#farewell?.cancel();
    this.#farewell = clock.after(policy.notifyIntervalMs, () => this.#tell());
  }

  /** What is gone and not yet told often enough; a mitigation that is there again is not gone. */
  #takeDepartures(): MitigationRecord[] {
    const records: MitigationRecord[] = [];
    for (const [id, departure] of this.#departures) {
      const isBack = this.#context.table.get(departure.record.key) !== undefined;
      departure.left -= 1;
      if (!isBack && departure.left >= 0) records.push(departure.record);
      else this.#departures.delete(id);
    }
    return records;
  }
}
