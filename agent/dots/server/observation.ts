import { diagnostic } from "../../coap/screening.ts";
import type { CoapResponse } from "../../coap/types.ts";
import type { Timer } from "../../net/ports.ts";
import { Code } from "../../wire/coap/code.ts";
import { scopes } from "./answers.ts";
import { MAX_LISTED_OCTETS } from "./listed-size.ts";
import { notFound, scopesOf, selected } from "./mitigation-view.ts";
import type { MitigationView } from "./mitigation-view.ts";
import type { MitigationRecord } from "./mitigation-record.ts";
import type { SessionContext } from "./session-context.ts";

/** How often the last word on a mitigation is sent: notifications may be lost. [RFC 9132 §4.4.2.1] */
const FAREWELLS = 3;

/** Between two looks whether the peer has fetched what it was told last. */
const FETCH_LOOK_MS = 200;

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
      this.#soon ??= context.clock.after(0, () => this.#tellSoon());
    });
  }

  /** Ends it. Idempotent. */
  stop(): void {
    this.#unwatch();
    this.#soon?.cancel();
    this.#farewell?.cancel();
  }

  /** A peer that still fetches the blocks of one representation has no use for the next. */
  #tellSoon(): void {
    const { clock, blocks } = this.#context;
    this.#soon?.cancel();
    this.#soon = undefined;
    if (!blocks.isFetched(this.#view.resource)) this.#tell();
    else this.#soon = clock.after(FETCH_LOOK_MS, () => this.#tellSoon());
  }

  /** Timers lead here: what throws must not get out. An error ends the observation. [RFC 7641 §4.2] */
  #tell(): void {
    const hadDepartures = this.#departures.size > 0;
    try {
      const news = this.#news();
      if (news !== undefined) this.#notify(news);
    } catch (error) {
      const { log, client } = this.#context;
      log.error({ client: client.name, reason: String(error) }, "a notification cannot be made");
      this.#notify(diagnostic(Code.InternalServerError, "the notification cannot be made"));
    }
    if (hadDepartures) this.#tellAgain();
  }

  #news(): CoapResponse | undefined {
    const shown = scopesOf(this.#context, this.#view, this.#takeDepartures());
    if (shown.length > 0) {
      const { blocks } = this.#context;
      return blocks.fit(this.#view.resource, scopes(Code.Content, shown));
    }
    return this.#view.mid === undefined ? undefined : notFound(this.#view);
  }

  /** Nothing else may ever happen that would lead here again. */
  #tellAgain(): void {
    const { clock, policy } = this.#context;
    this.#farewell?.cancel();
    this.#farewell = clock.after(policy.notifyIntervalMs, () => this.#tellSoon());
  }

  /**
   * What is gone and not yet told often enough, as far as there is room for it beside what is still there; a
   * mitigation that is there again is not gone.
   */
  #takeDepartures(): MitigationRecord[] {
    const { table } = this.#context;
    const records: MitigationRecord[] = [];
    let room = MAX_LISTED_OCTETS - table.listedOctets(this.#view.client, this.#view.cuid);
    for (const [id, departure] of this.#departures) {
      const { record } = departure;
      departure.left -= 1;
      if (table.get(record.key) !== undefined || departure.left < 0) {
        this.#departures.delete(id);
      } else if (record.listedOctets <= room) {
        room -= record.listedOctets;
        records.push(record);
      }
    }
    return records;
  }
}
