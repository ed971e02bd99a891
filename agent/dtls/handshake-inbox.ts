import { HandshakeType, type HandshakeFragment } from "../wire/dtls/handshake.ts";
import type { DtlsRecord } from "../wire/dtls/record.ts";
import type { FlightSender } from "./flight-sender.ts";
import type { HandshakeEffect, HandshakeFailure } from "./handshake.ts";
import type { HandshakeMachine } from "./handshake-machine.ts";
import type { HandshakePatience } from "./handshake-patience.ts";
import { Reassembly, type HandshakeMessage } from "./reassembly.ts";

/** Whether the fragment is of a message that begins a handshake. */
export function beginsHandshake({ type }: HandshakeFragment): boolean {
  return type === HandshakeType.helloRequest || type === HandshakeType.clientHello;
}

/** Where a fragment came in. */
type Place = Pick<DtlsRecord, "epoch" | "sequence">;

/**
 * Hands a handshake machine its messages, whole and in their order. Anyone can forge those that nothing protects, so what
 * the machine cannot take of them counts as never come, and raises a suspicion that ends once it takes another.
 */
export class HandshakeInbox {
  readonly #machine: HandshakeMachine;
  readonly #flights: FlightSender;
  readonly #patience: HandshakePatience;
  readonly #reassembly: Reassembly;
  /** The number of the last HelloRequest: it is part of nothing, so another message may have that too. */
  #aside: number | undefined;
  /** What came next before the server asked for a cookie anew. */
  #before: number | undefined;

  /** @param nextMessage the message_seq that comes next */
  constructor(
    machine: HandshakeMachine,
    nextMessage: number,
    flights: FlightSender,
    patience: HandshakePatience,
  ) {
    this.#machine = machine;
    this.#flights = flights;
    this.#patience = patience;
    this.#reassembly = new Reassembly(nextMessage, machine.expects);
  }

  /** Takes a fragment; `old` and `refused` as `Reassembly.take` says. */
  take(piece: HandshakeFragment, { epoch, sequence }: Place): "kept" | "old" | "refused" {
    const { expected } = this.#reassembly;
    if (piece.messageSeq < expected && this.#asksAnew(piece, { epoch, sequence })) {
      this.#before = expected;
      this.#reassembly.expect(piece.messageSeq);
    } else if (piece.messageSeq === this.#aside && piece.type !== HandshakeType.helloRequest) {
      if (expected === this.#aside + 1) this.#reassembly.expect(this.#aside);
    }
    return this.#reassembly.take(piece, epoch);
  }

  /**
   * What the machine makes of the next message; undefined while there is none that it can take.
   * @param sequence of the record that came in last
   */
  next(sequence: number): readonly HandshakeEffect[] | undefined {
    for (;;) {
      const message = this.#reassembly.next();
      if (!message) return undefined;
      const effects = this.#machine.message(message);
      const fault = effects.find((effect) => effect.tag === "fail");
      if (!fault) {
        this.#goOn(message, sequence);
        return effects;
      }
      if (this.#machine.over) return effects;
      this.#doubt(message, fault);
    }
  }

  /** The handshake is over: only numbers are looked at from now on. */
  close(): void {
    this.#reassembly.close();
  }

  #goOn({ type, messageSeq }: HandshakeMessage, sequence: number): void {
    this.#before = undefined;
    if (type === HandshakeType.helloRequest) {
      this.#aside = messageSeq;
      return;
    }
    this.#patience.trust();
    const echo = type === HandshakeType.helloVerifyRequest;
    this.#flights.measure(echo ? sequence : undefined);
  }

  #doubt({ messageSeq }: HandshakeMessage, failure: HandshakeFailure): void {
    this.#reassembly.expect(this.#before ?? messageSeq);
    this.#before = undefined;
    this.#patience.suspect({ tag: "fault", failure }, this.#flights.rttMs);
  }

  /**
   * Whether a server that keeps nothing, and numbers each such request 0, asks for a cookie once more: the last one was
   * not its own, or it has a new secret. It says which ClientHello it answers. [RFC 6347 §4.2.1]
   */
  #asksAnew({ type, length, fragment }: HandshakeFragment, { epoch, sequence }: Place): boolean {
    const whole = fragment.length === length;
    const asks = type === HandshakeType.helloVerifyRequest && epoch === 0 && whole;
    return asks && this.#machine.awaitsHello && this.#flights.wasSentAs(sequence);
  }
}
