/**
 * A peer that speaks DTLS well but for what it is told to do wrong. It has the keys, and computes its proofs over what
 * it did say: so that nothing gives a change away but the change itself. For one handshake, on a path without loss: it
 * repeats nothing.
 */
import type { CipherSuite } from "../../agent/dtls/cipher-suites.ts";
import type { ClientCredentials } from "../../agent/dtls/credentials.ts";
import {
  transcriptForm,
  type ConnectionIds,
  type FlightMessage,
  type Flight,
} from "../../agent/dtls/handshake.ts";
import { verifyData, type DirectionKeys } from "../../agent/dtls/key-schedule.ts";
import { Reassembly, type HandshakeMessage } from "../../agent/dtls/reassembly.ts";
import { RecordLayer } from "../../agent/dtls/record-layer.ts";
import { usageLimitsOf } from "../../agent/dtls/usage-limits.ts";
import { alertName, decodeAlert } from "../../agent/wire/dtls/alert.ts";
import { encodeFinished } from "../../agent/wire/dtls/finished.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  splitHandshakeRecord,
} from "../../agent/wire/dtls/handshake.ts";
import { ContentType, splitDatagram, type DtlsRecord } from "../../agent/wire/dtls/record.ts";

/** One thing that it says, before it is numbered. */
export type Line = Message | { readonly tag: "change-cipher-spec" } | Raw;

/** A handshake message. */
export interface Message {
  readonly tag: "message";
  readonly type: number;
  readonly epoch: 0 | 1;
  /** A function is asked when it is this one's turn: of all that was said before. */
  readonly body: Uint8Array | (() => Uint8Array);
  /** Its number, where it is not that of its turn. */
  readonly messageSeq?: number;
  /** Whether it belongs to no handshake, and to none of its proofs: a HelloRequest. [RFC 5246 §7.4.1.1] */
  readonly aside?: boolean;
}

/** Any other record. */
export interface Raw {
  readonly tag: "record";
  readonly type: number;
  readonly epoch: 0 | 1;
  readonly body: Uint8Array;
}

/** What it does wrong. */
export interface Plot {
  /**
   * `proved`: what is changed is numbered, hashed and proved as it was said. `unproved`: it is numbered, but the
   * proofs are of what should have been said. `on the wire`: numbers and proofs are of what should have been said.
   */
  readonly mode: "proved" | "unproved" | "on the wire";
  /** Changes the flight that it says as the `round`th: 0 and 1 before and with the cookie, 2 its last. */
  change(flight: readonly Line[], round: number, peer: EvilPeer): readonly Line[];
  /** What its protected records carry for a connection id, of what was agreed on. */
  readonly connectionId?: (id: Uint8Array) => Uint8Array;
  /** What it has as a client, if not what is right. */
  readonly credentials?: ClientCredentials;
}

/** It does nothing wrong. */
export const HONEST: Plot = { mode: "proved", change: (flight) => flight };

const CHANGE_CIPHER_SPEC = Uint8Array.of(1);
/** Octets of a message in one datagram. */
const FRAGMENT = 1200;
const FEW = { messages: 16, octets: 32_768 };

/** What both roles have in common. */
export abstract class EvilPeer {
  /** Alerts that came, by name; `unreadable` for records that its keys do not open. */
  readonly alerts: string[] = [];
  /** Application data that came. */
  readonly data: string[] = [];
  /** The handshake, as far as it was said. */
  transcript: Uint8Array[] = [];
  /** Of its next message. */
  messageSeq = 0;
  readonly records = new RecordLayer(0);
  protected readonly plot: Plot;
  protected suite: CipherSuite | undefined;
  protected master: Uint8Array | undefined;
  readonly #reassembly = new Reassembly(0, FEW);
  readonly #send: (datagram: Uint8Array) => void;

  constructor(plot: Plot, send: (datagram: Uint8Array) => void) {
    this.plot = plot;
    this.#send = send;
  }

  /** Octets of the connection ids in records to it. */
  protected abstract readonly idLength: number;

  /** A message of the victim's, in turn. */
  protected abstract hear(message: HandshakeMessage): void;

  /** Something that it cannot read has come under its keys. */
  protected abstract puzzled(): void;

  /** One of its own lines is about to follow: whatever has to be known by then. */
  protected before(_line: Line): void {}

  /** Takes a datagram of the victim's. */
  receive(datagram: Uint8Array): void {
    for (const record of splitDatagram(datagram, this.idLength).records) this.#take(record);
  }

  /** Says application data, if it has keys. */
  sayData(text: string): void {
    if (!this.records.hasKeys) return;
    const body = new TextEncoder().encode(text);
    this.say({ tag: "record", type: ContentType.applicationData, epoch: 1, body });
  }

  /** Says a flight, as the plot has it. */
  speak(round: number, flight: readonly Line[]): void {
    const { mode } = this.plot;
    if (mode === "proved") {
      for (const line of this.plot.change(flight, round, this)) this.say(this.#prove(line));
      return;
    }
    const first = this.messageSeq;
    const proved = flight.map((line) => this.#prove(line));
    if (mode === "on the wire") {
      for (const line of this.plot.change(proved, round, this)) this.say(line);
      return;
    }
    this.messageSeq = first;
    for (const line of this.plot.change(proved.map(unnumbered), round, this)) {
      this.say(this.#number(line));
    }
  }

  /** Sends one line as it is, in a datagram of its own. */
  say(line: Line): void {
    switch (line.tag) {
      case "record":
        if (line.epoch === 1 && !this.records.hasKeys) return;
        return this.#send(this.records.seal(line.type, line.epoch, line.body));
      case "change-cipher-spec":
        return this.#send(this.records.seal(ContentType.changeCipherSpec, 0, CHANGE_CIPHER_SPEC));
      case "message":
        return this.#sayMessage(line);
    }
  }

  /** verify_data over all that was said so far. */
  finished(sender: "client" | "server"): Uint8Array {
    const { suite, master, transcript } = this;
    if (!suite || !master) return new Uint8Array(12);
    return encodeFinished(verifyData(suite, master, sender, transcript));
  }

  /** Its own Finished, made when it is its turn. */
  protected finishedLine(sender: "client" | "server"): Message {
    const body = (): Uint8Array => this.finished(sender);
    return { tag: "message", type: HandshakeType.finished, epoch: 1, body };
  }

  /** Begins to use keys. */
  protected install(
    own: { readonly read: DirectionKeys; readonly write: DirectionKeys },
    suite: CipherSuite,
    connectionIds: ConnectionIds | undefined,
  ): void {
    const write =
      connectionIds && (this.plot.connectionId?.(connectionIds.write) ?? connectionIds.write);
    this.records.install({
      ...own,
      explicitNonce: suite.recordIvLength,
      connectionIds: connectionIds && write && { read: connectionIds.read, write },
      limits: usageLimitsOf(suite.aead),
    });
  }

  #sayMessage(line: Message): void {
    const { type, messageSeq = 0, epoch } = line;
    if (epoch === 1 && !this.records.hasKeys) return; // it cannot even be wrong
    const body = bodyOf(line);
    for (let offset = 0; offset === 0 || offset < body.length; offset += FRAGMENT) {
      const fragment = body.subarray(offset, offset + FRAGMENT);
      const piece = { type, messageSeq, length: body.length, offset, fragment };
      this.#send(this.records.seal(ContentType.handshake, epoch, encodeHandshakeFragment(piece)));
    }
  }

  /** In turn, and part of the handshake unless it is an aside. */
  #prove(line: Line): Line {
    const numbered = this.#number(line);
    this.before(numbered);
    if (numbered.tag !== "message") return numbered;
    const body = bodyOf(numbered);
    const { type, messageSeq = 0 } = numbered;
    if (numbered.aside !== true) this.transcript.push(transcriptForm({ type, messageSeq, body }));
    return { ...numbered, body };
  }

  #number(line: Line): Line {
    if (line.tag !== "message" || line.messageSeq !== undefined) return line;
    const numbered = { ...line, messageSeq: this.messageSeq };
    this.messageSeq += 1;
    return numbered;
  }

  #take(record: DtlsRecord): void {
    const opened = this.records.open(record);
    if (opened.tag !== "ok") {
      if (record.type === ContentType.alert) this.alerts.push("unreadable");
      else if (opened.tag === "bad") this.puzzled();
      return;
    }
    if (opened.type === ContentType.alert) {
      this.alerts.push(alertName(decodeAlert(opened.fragment).description));
    } else if (opened.type === ContentType.applicationData) {
      this.data.push(new TextDecoder().decode(opened.fragment));
    } else if (opened.type === ContentType.handshake) {
      this.#onHandshake(record.epoch, opened.fragment);
    }
  }

  #onHandshake(epoch: number, content: Uint8Array): void {
    for (const piece of splitHandshakeRecord(content)) this.#reassembly.take(piece, epoch);
    for (let message = this.#reassembly.next(); message; message = this.#reassembly.next()) {
      this.hear(message);
    }
  }
}

/** A flight of a machine, as lines. */
export function linesOf(flight: Flight): readonly Line[] {
  return flight.map((item) => (item.tag === "message" ? lineOf(item) : item));
}

/** A message's body, if need be made now. */
export function bodyOf({ body }: Message): Uint8Array {
  return typeof body === "function" ? body() : body;
}

function lineOf({ type, epoch, body }: FlightMessage): Message {
  return { tag: "message", type, epoch, body };
}

function unnumbered(line: Line): Line {
  if (line.tag !== "message") return line;
  const { messageSeq: _number, ...rest } = line;
  return rest;
}
