import { ByteReader } from "../wire/bytes.ts";
import { ContentType, readRecord } from "../wire/dtls/record.ts";
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

/** What IPv6 and UDP put before a datagram, in octets: the path carries it, so it counts. */
const DATAGRAM_HEADERS = 48;

/** Sendings of a flight that an answer may still be to. */
const MAX_SENDINGS = 32;

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
  #rider: Uint8Array | undefined;
  /** When the flight was sent, by the number of its first record, oldest first. */
  readonly #sendings = new Map<number, Millis>();
  #lossSeen = false;
  #answeredFirst = false;
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

  /** Whether the flight that is out was sent, this time or before, from this record number on. */
  wasSentAs(sequence: number): boolean {
    return this.#sendings.has(sequence);
  }

  /** Sends a new flight; `final`: again only when the peer repeats itself. */
  begin(flight: Flight, final: boolean): void {
    const before = this.#retransmission;
    if (before.tag === "waiting") this.#lossSeen ||= before.sends > 1 && !this.#answeredFirst;
    this.#answeredFirst = false;
    this.#sendings.clear();
    this.#flight = flight;
    this.#step({ tag: "flight", final, rttMs: this.#rttMs, now: this.#clock.now() });
  }

  /** Whether data that is sent now should ride: nothing shows yet that the peer has our Finished. */
  get rides(): boolean {
    return this.#writeEpoch === 1 && this.#retransmission.tag !== "idle";
  }

  /**
   * Application data while nothing shows that the peer has our Finished: before its own has come [RFC 7918], and in a
   * session that goes on, where ours is the last message. It goes with every repetition of the flight, and at once if
   * that is under way. Only the latest rides, and only the first goes at once: the layer above repeats what is not
   * answered, and must not take the rate from the flight. It must bear that a message arrives several times.
   */
  ride(payload: Uint8Array): void {
    const first = this.#rider === undefined;
    this.#rider = payload.slice();
    if (!first || this.#writeEpoch === 0) return;
    this.#step({ tag: "rides", rttMs: this.#rttMs, now: this.#clock.now() });
    this.#sendAll([this.#records.seal(ContentType.applicationData, 1, payload)]);
  }

  /** The peer said again what it had said before: it lacks our flight. */
  peerRepeats(): void {
    this.#step({ tag: "peer-repeats", now: this.#clock.now() });
  }

  /**
   * A message of the peer's next flight has come. Karn's rule: only a flight sent once tells the round trip
   * [RFC 6298 §3], unless the answer says which sending it is to.
   *
   * @param echoed the record number of a HelloVerifyRequest, which is that of the ClientHello [RFC 6347 §4.2.1]
   */
  measure(echoed?: number): void {
    const state = this.#retransmission;
    if (state.tag === "idle") return;
    const known = echoed === undefined ? undefined : this.#sendings.get(echoed);
    const sentAt = known ?? this.#onlySending();
    if (sentAt === undefined) return;
    if (state.tag === "waiting") this.#answeredFirst ||= sentAt === state.begunAt;
    const sample = this.#clock.now() - sentAt;
    this.#rttMs = Math.min(this.#rttMs ?? sample, sample);
  }

  /** When the flight was sent, if that was once. A final one is answered too where the client speaks last. */
  #onlySending(): Millis | undefined {
    const [first, another] = this.#sendings.values();
    return another === undefined ? first : undefined;
  }

  /** The handshake is done: a flight that awaited an answer has it; a final one may still be asked for. */
  established(): void {
    this.#answered();
  }

  /**
   * Data has come under the new keys: what rides with our final flight has arrived. Of a final flight alone it shows
   * nothing, as it may have gone early. [RFC 7918]
   */
  finalReceived(): void {
    this.#answered();
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#retransmission = INITIAL_RETRANSMISSION;
    this.#flight = [];
    this.#rider = undefined;
  }

  #answered(): void {
    this.#rider = undefined;
    this.#step({ tag: "answered" });
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
    const riders = this.#rider !== undefined && this.#writeEpoch === 1 ? [this.#rider] : [];
    const { maxDatagram } = this.#parameters;
    const datagrams = packFlight(this.#flight, this.#records, maxDatagram, riders);
    this.#note(datagrams[0]);
    this.#sendAll(datagrams);
  }

  /** Remembers when the sending went that this datagram begins. A flight begins in epoch 0. */
  #note(datagram: Uint8Array | undefined): void {
    if (datagram === undefined || this.#sendings.size >= MAX_SENDINGS) return;
    const { sequence } = readRecord(new ByteReader(datagram));
    this.#sendings.set(sequence, this.#clock.now());
  }

  #sendAll(datagrams: readonly Uint8Array[]): void {
    let octets = 0;
    for (const datagram of datagrams) {
      octets += datagram.length + DATAGRAM_HEADERS;
      this.#send(datagram);
    }
    this.#step({ tag: "sent", octets, now: this.#clock.now() });
  }
}
