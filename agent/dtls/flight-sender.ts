import type { Clock, Millis, Timer } from "../net/ports.ts";
import { packFlight } from "./flight-packing.ts";
import type { Flight } from "./handshake.ts";
import type { DtlsParameters } from "./parameters.ts";
import type { RecordLayer } from "./record-layer.ts";
import {
  INITIAL_RETRANSMISSION,
  stepRetransmission,
  type RetransmissionInput,
  type RetransmissionState,
} from "./retransmission.ts";

/**
 * Sends the flights of one handshake and repeats them: the driver of the retransmission machine, with its timer.
 * [RFC 6347 §4.2.4]
 */
export class FlightSender {
  readonly #clock: Clock;
  readonly #parameters: DtlsParameters;
  readonly #records: RecordLayer;
  readonly #send: (datagram: Uint8Array) => void;
  #retransmission: RetransmissionState = INITIAL_RETRANSMISSION;
  #timer: Timer | undefined;
  #flight: Flight = [];
  #lossSeen = false;
  #writeEpoch: 0 | 1 = 0;
  #rttMs: Millis | undefined;

  constructor(
    deps: { readonly clock: Clock; readonly parameters: DtlsParameters },
    records: RecordLayer,
    send: (datagram: Uint8Array) => void,
  ) {
    this.#clock = deps.clock;
    this.#parameters = deps.parameters;
    this.#records = records;
    this.#send = send;
  }

  /** Whether a flight that has been answered had to be repeated. */
  get lossSeen(): boolean {
    return this.#lossSeen;
  }

  /** The shortest round trip seen, if any. */
  get rttMs(): Millis | undefined {
    return this.#rttMs;
  }

  /** The epoch of an alert sent now: 1 from our ChangeCipherSpec on. */
  get writeEpoch(): 0 | 1 {
    return this.#writeEpoch;
  }

  /** Sends a new flight; `final`: again only when the peer repeats itself. */
  begin(flight: Flight, final: boolean): void {
    if (this.#retransmission.tag === "waiting") this.#lossSeen ||= this.#retransmission.sends > 1;
    this.#flight = flight;
    this.#step({ tag: "flight", final, now: this.#clock.now() });
  }

  /** The peer said again what it had said before: it lacks our flight. */
  peerRepeats(): void {
    this.#step({ tag: "peer-repeats", now: this.#clock.now() });
  }

  /** A message of the peer's next flight has come. Karn's rule: only a flight sent once tells the round trip. [RFC 6298 §3] */
  measure(): void {
    const state = this.#retransmission;
    if (state.tag !== "waiting" || state.sends !== 1) return;
    const sample = this.#clock.now() - state.sentAt;
    this.#rttMs = Math.min(this.#rttMs ?? sample, sample);
  }

  /** The handshake is done: a flight that awaited an answer has it; a final one may still be asked for. */
  established(): void {
    if (this.#retransmission.tag === "waiting") this.#step({ tag: "answered" });
  }

  /** The peer has shown that it has our final flight. */
  finalReceived(): void {
    if (this.#retransmission.tag === "final") this.#step({ tag: "answered" });
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#flight = [];
  }

  #step(input: RetransmissionInput): void {
    const [next, effects] = stepRetransmission(this.#retransmission, input, this.#parameters);
    this.#retransmission = next;
    for (const effect of effects) {
      if (effect.tag === "send") this.#sendFlight();
      else this.#timer?.cancel();
      if (effect.tag === "arm") {
        this.#timer = this.#clock.after(effect.delayMs, () =>
          this.#step({ tag: "timer", now: this.#clock.now() }),
        );
      }
    }
  }

  #sendFlight(): void {
    if (this.#flight.some((item) => item.tag === "change-cipher-spec")) this.#writeEpoch = 1;
    const { maxDatagram } = this.#parameters;
    for (const datagram of packFlight(this.#flight, this.#records, maxDatagram)) {
      this.#send(datagram);
    }
  }
}
