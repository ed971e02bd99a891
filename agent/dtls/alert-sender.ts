import { encodeAlert } from "../wire/dtls/alert.ts";
import { ContentType } from "../wire/dtls/record.ts";
import type { FlightSender } from "./flight-sender.ts";
import type { RecordLayer } from "./record-layer.ts";

/** Alerts in answer to what nobody authenticated: at most so many an association. */
const MAX_UNPROVEN_ANSWERS = 6;

/** Sends the alerts of one association, under the keys as soon as our other records are. */
export class AlertSender {
  readonly #records: RecordLayer;
  readonly #flights: FlightSender;
  readonly #send: (datagram: Uint8Array) => void;
  #unproven = 0;

  constructor(records: RecordLayer, flights: FlightSender, send: (datagram: Uint8Array) => void) {
    this.#records = records;
    this.#flights = flights;
    this.#send = send;
  }

  /** How many answers went to what nobody authenticated. */
  get unproven(): number {
    return this.#unproven;
  }

  send(level: 1 | 2, description: number): void {
    const alert = encodeAlert({ level, description });
    this.#send(this.#records.seal(ContentType.alert, this.#flights.writeEpoch, alert));
  }

  /** Answers what anybody could have sent, and after a few times no more. */
  answerUnproven(level: 1 | 2, description: number): void {
    if (this.#unproven >= MAX_UNPROVEN_ANSWERS) return;
    this.#unproven += 1;
    this.send(level, description);
  }
}
