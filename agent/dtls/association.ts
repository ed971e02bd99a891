import type { Address, Clock, Millis } from "../net/ports.ts";
import { WireError } from "../wire/bytes.ts";
import { AlertDescription, decodeAlert } from "../wire/dtls/alert.ts";
import { splitHandshakeRecord } from "../wire/dtls/handshake.ts";
import {
  decodePathCheck,
  encodePathCheck,
  RrcType,
  type PathCheck,
} from "../wire/dtls/path-check.ts";
import { ContentType, type DtlsRecord } from "../wire/dtls/record.ts";
import { AlertSender } from "./alert-sender.ts";
import { endReason, type EndCause } from "./association-end.ts";
import type { AssociationOwner, Terms } from "./association-owner.ts";
import { EarlyArrivals } from "./early-arrivals.ts";
import { flightLast } from "./effect-order.ts";
import { FlightSender } from "./flight-sender.ts";
import type { Established, HandshakeEffect } from "./handshake.ts";
import type { HandshakeMachine } from "./handshake-machine.ts";
import { beginsHandshake, HandshakeInbox } from "./handshake-inbox.ts";
import { HandshakePatience, type Impatience } from "./handshake-patience.ts";
import type { DtlsParameters } from "./parameters.ts";
import { RecordLayer } from "./record-layer.ts";
import { DtlsError } from "./session.ts";
import { usageLimitsOf } from "./usage-limits.ts";

/** What an association needs of the outside. */
export interface AssociationDeps {
  readonly clock: Clock;
  readonly parameters: DtlsParameters;
  /** How much a key may be used: `usageLimitsOf` unless told. */
  readonly limitsOf?: typeof usageLimitsOf;
}

/**
 * One DTLS association: drives a handshake machine and a retransmission machine over records, then
 * carries data. It owns timers, not sockets. Whatever comes in, nothing is thrown: what does not fit is
 * counted and dropped. [RFC 6347 §4.1.2.7]
 */
export class Association {
  /** Records dropped because they made no sense or did not authenticate. */
  dropped = 0;
  readonly #clock: Clock;
  readonly #parameters: DtlsParameters;
  readonly #limitsOf: typeof usageLimitsOf;
  readonly #machine: HandshakeMachine;
  readonly #owner: AssociationOwner;
  readonly #records: RecordLayer;
  readonly #flights: FlightSender;
  readonly #alerts: AlertSender;
  readonly #patience: HandshakePatience;
  readonly #inbox: HandshakeInbox;
  readonly #early = new EarlyArrivals();
  readonly #startedAt: Millis;
  #stage: "handshake" | "established" | "ended" = "handshake";
  #terms: Terms | undefined;
  #maySend = false;
  #returnRoutability = false;
  #heard = false;

  /** @param numbers the first record number to use, and the message_seq that comes next */
  constructor(
    deps: AssociationDeps,
    machine: HandshakeMachine,
    numbers: { readonly firstSequence: number; readonly nextMessage: number },
    owner: AssociationOwner,
  ) {
    this.#clock = deps.clock;
    this.#parameters = deps.parameters;
    this.#limitsOf = deps.limitsOf ?? usageLimitsOf;
    this.#machine = machine;
    this.#owner = owner;
    this.#records = new RecordLayer(numbers.firstSequence);
    this.#flights = new FlightSender(deps, this.#records, (datagram) => owner.send(datagram));
    this.#alerts = new AlertSender(this.#records, this.#flights, (datagram) =>
      owner.send(datagram),
    );
    this.#startedAt = deps.clock.now();
    this.#patience = new HandshakePatience(deps, (why) => this.#giveUp(why));
    this.#inbox = new HandshakeInbox(machine, numbers.nextMessage, this.#flights, this.#patience);
  }

  get stage(): "handshake" | "established" | "ended" {
    return this.#stage;
  }

  /** Whether any record of the peer has been understood. */
  get heard(): boolean {
    return this.#heard;
  }

  /** The shortest round trip seen, if any. */
  get rttMs(): Millis | undefined {
    return this.#flights.rttMs;
  }

  /** Who the client claimed to be, proved or not, even if the handshake failed upon it. */
  get claimed(): string | undefined {
    return this.#machine.claimed;
  }

  /** The largest payload that fits one datagram. */
  get maxMessage(): number {
    return this.#records.roomIn(this.#parameters.maxDatagram);
  }

  start(): void {
    this.#carryOut(this.#machine.start());
  }

  /** Takes one record, and where it came from; says whether it was of any use to this association. */
  receive(record: DtlsRecord, from: Address): boolean {
    if (this.#stage === "ended") return false;
    const opened = this.#records.open(record);
    if (opened.tag === "no-keys") return this.#keepEarly(record, from);
    if (opened.tag === "bad") return this.#onBadRecord();
    // It may still be another association's with this address: a new one's numbers start at 0 as well.
    if (opened.tag !== "ok") return false;
    this.#heard = true;
    if (record.epoch === 1) this.#owner.heard?.(from, opened.newest);
    try {
      this.#dispatch(opened.type, record, opened.fragment, from);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.dropped += 1;
    }
    return true;
  }

  /**
   * Sends one record of application data. Before the handshake is done it goes again with each repetition of what
   * it rides on; then the peer may get it more than once. [RFC 7918]
   * @throws {DtlsError} `dtls/too-large`
   */
  send(payload: Uint8Array): void {
    const early = this.#stage === "handshake" && this.#maySend;
    if (this.#stage !== "established" && !early) return;
    if (payload.length > this.maxMessage) {
      const why = `${payload.length} octets do not fit one datagram (at most ${this.maxMessage})`;
      throw new DtlsError("dtls/too-large", why);
    }
    const mayRide = this.#machine.role === "client" && this.#flights.rides;
    if (early || mayRide) return this.#flights.ride(payload);
    this.#owner.send(this.#records.seal(ContentType.applicationData, 1, payload));
    this.#endIfUsedUp();
  }

  /** Sends a word on where the peer is, to an address that may not be the peer's. [RFC 9853] */
  sendPathCheck(check: PathCheck, to: Address): void {
    if (this.#stage !== "established") return;
    const type = ContentType.returnRoutabilityCheck;
    this.#owner.send(this.#records.seal(type, 1, encodePathCheck(check)), to);
  }

  /** Says goodbye, or why not, and ends, without telling the owner. Idempotent. */
  close(level: 1 | 2 = 1, description: number = AlertDescription.closeNotify): void {
    if (this.#stage === "ended") return;
    this.#alerts.send(level, description);
    this.#release();
  }

  /** Ends with a reason that came from elsewhere, such as the socket. */
  fail(reason: DtlsError): void {
    if (this.#stage === "ended") return;
    this.#release();
    this.#owner.ended(reason);
  }

  #dispatch(type: number, record: DtlsRecord, fragment: Uint8Array, from: Address): void {
    const { epoch, sequence } = record;
    switch (type) {
      case ContentType.handshake:
        return this.#onHandshake({ epoch, sequence }, fragment);
      case ContentType.alert:
        return this.#onAlert(epoch, fragment);
      case ContentType.applicationData:
        return this.#onData(epoch, fragment);
      case ContentType.returnRoutabilityCheck:
        return this.#onPathCheck(epoch, fragment, from);
      case ContentType.changeCipherSpec:
        return this.#onChangeCipherSpec(epoch, fragment);
      default:
        this.dropped += 1;
    }
  }

  #onHandshake(place: Pick<DtlsRecord, "epoch" | "sequence">, fragment: Uint8Array): void {
    const { epoch, sequence } = place;
    if (epoch === 1 && this.#early.holdFinished(fragment)) return;
    for (const piece of splitHandshakeRecord(fragment)) {
      // Numbers start anew in a renegotiation, so it is looked for before they are.
      if (epoch === 1 && beginsHandshake(piece)) {
        this.#refuseRenegotiation();
        continue;
      }
      const taken = this.#inbox.take(piece, place);
      if (taken === "old") this.#onRepetition(epoch);
      else if (taken === "refused") this.dropped += 1;
      else this.#deliver(sequence);
      if (this.#stage === "ended") return;
    }
  }

  /** One octet, which is 1. [RFC 5246 §7.1] */
  #onChangeCipherSpec(epoch: number, body: Uint8Array): void {
    if (epoch !== 0 || body.length !== 1 || body[0] !== 1) {
      this.dropped += 1;
      return;
    }
    for (const finished of this.#early.releaseFinished()) {
      if (this.#stage === "ended") return;
      this.#onHandshake({ epoch: 1, sequence: 0 }, finished);
    }
  }

  /** Once there is a session, its peer can prove itself: what anybody could have sent draws no flight any more. */
  #onRepetition(epoch: number): void {
    if (this.#stage === "handshake" || epoch === 1) this.#flights.peerRepeats();
    else this.dropped += 1;
  }

  /** Hands on every message that is complete and next. */
  #deliver(sequence: number): void {
    for (;;) {
      const effects = this.#stage === "handshake" ? this.#inbox.next(sequence) : undefined;
      if (!effects) return;
      this.#carryOut(effects);
    }
  }

  /** A new handshake inside a session could change who is at its other end. [RFC 5246 §7.2.2] */
  #refuseRenegotiation(): void {
    if (this.#stage !== "established") return;
    this.#alerts.answerUnproven(1, AlertDescription.noRenegotiation);
  }

  #onAlert(epoch: number, fragment: Uint8Array): void {
    const alert = decodeAlert(fragment);
    const { description } = alert;
    if (epoch === 0) {
      if (this.#stage !== "handshake" || alert.level !== 2) return;
      return this.#patience.suspect({ tag: "alert", description }, this.#flights.rttMs);
    }
    if (description === AlertDescription.closeNotify) {
      this.#alerts.send(1, AlertDescription.closeNotify);
      return this.#endFor({ tag: "goodbye" });
    }
    if (alert.level !== 2) return;
    this.#machine.disown();
    this.#endFor({ tag: "alert", description });
  }

  #onData(epoch: number, payload: Uint8Array): void {
    if (epoch === 0) {
      this.dropped += 1;
    } else if (this.#stage === "established") {
      this.#flights.finalReceived();
      this.#owner.data(payload);
    } else {
      this.#early.keepData(payload);
      // A client that goes on with a session is done before us: its Finished was lost, and nothing but a repetition
      // of ours makes it say that again.
      if (this.#machine.role === "server" && this.#flights.writeEpoch === 1) {
        this.#flights.peerRepeats();
      }
    }
  }

  /** A challenge is answered to where it came from, with no more octets than it had, if that was agreed on. [RFC 9853] */
  #onPathCheck(epoch: number, fragment: Uint8Array, from: Address): void {
    const check = decodePathCheck(fragment);
    if (epoch === 0 || !this.#returnRoutability) this.dropped += 1;
    else if (check.type !== RrcType.pathChallenge) this.#owner.pathAnswered?.(check, from);
    else this.sendPathCheck({ type: RrcType.pathResponse, cookie: check.cookie }, from);
  }

  /** A record that overtook the messages its keys are made from. */
  #keepEarly(record: DtlsRecord, from: Address): boolean {
    const useful = this.#stage === "handshake" && record.epoch === 1 && !this.#records.hasKeys;
    if (useful && this.#early.keepRecord(record, from)) return true;
    this.dropped += 1;
    return false;
  }

  /**
   * Dropped in silence [RFC 6347 §4.1.2.7], but for a server that waits for a proof: a client with a
   * wrong key is told at once, or its user would wait for nothing. The handshake stays open meanwhile:
   * the record may be somebody else's, and the true one on its way.
   */
  #onBadRecord(): boolean {
    this.dropped += 1;
    this.#endIfUsedUp();
    const { role, awaitsProof } = this.#machine;
    if (this.#stage !== "handshake" || role !== "server" || !awaitsProof) return false;
    if (this.#alerts.unproven === 0) this.#owner.refused?.();
    this.#alerts.answerUnproven(2, AlertDescription.decryptError);
    return false;
  }

  #carryOut(effects: readonly HandshakeEffect[]): void {
    for (const effect of flightLast(effects)) {
      if (this.#stage === "ended") return;
      this.#perform(effect);
    }
    this.#replayEarly();
  }

  #perform(effect: HandshakeEffect): void {
    switch (effect.tag) {
      case "keys":
        return this.#onKeys(effect);
      case "send":
        this.#flights.begin(effect.flight, effect.final);
        return this.#awaitVerdict();
      case "established":
        return this.#onEstablished(effect);
      case "fail":
        if (effect.alert !== undefined) this.#alerts.send(2, effect.alert);
        return this.fail(new DtlsError(effect.code, effect.reason));
      case "may-send":
        this.#maySend = true;
        if (this.#terms) this.#owner.maySend?.(this.#terms);
        return;
      default:
        this.#tell(effect);
    }
  }

  /** What is the owner's affair alone. */
  #tell(effect: HandshakeEffect & { readonly tag: "secret" | "resumable" }): void {
    if (effect.tag === "resumable") this.#owner.resumable?.(effect.session);
    else this.#owner.secret?.(effect.clientRandom, effect.master);
  }

  #onKeys({ keys, suite, connectionIds }: HandshakeEffect & { readonly tag: "keys" }): void {
    this.#terms = { suite, connectionIds };
    this.#records.install({
      ...this.#machine.own(keys),
      explicitNonce: suite.recordIvLength,
      connectionIds,
      limits: this.#limitsOf(suite.aead),
    });
  }

  /** What had to wait for the keys. */
  #replayEarly(): void {
    if (!this.#records.hasKeys) return;
    for (const { record, from } of this.#early.takeRecords()) this.receive(record, from);
  }

  #onEstablished({ tag: _tag, ...agreed }: Established): void {
    this.#stage = "established";
    this.#returnRoutability = agreed.returnRoutability;
    this.#inbox.close();
    this.#patience.stop();
    this.#flights.established();
    const handshakeMs = this.#clock.now() - this.#startedAt;
    const connectionIds = this.#terms?.connectionIds;
    const { rttMs } = this.#flights;
    this.#owner.established({ ...agreed, connectionIds, handshakeMs, rttMs });
    for (const payload of this.#early.takeData()) this.#owner.data(payload);
  }

  /** The owner sets up another session, and so has new keys. [RFC 9147 §4.5.3] */
  #endIfUsedUp(): void {
    const limit = this.#records.usedUp;
    if (limit === undefined || this.#stage === "ended") return;
    this.#alerts.send(1, AlertDescription.closeNotify);
    this.#endFor({ tag: "used-up", limit });
  }

  /** Silence upon a proof tells something only where nothing was lost so far. */
  #awaitVerdict(): void {
    const { role, awaitsProof } = this.#machine;
    if (role === "client" && awaitsProof && !this.#flights.lossSeen) this.#patience.awaitVerdict();
  }

  #giveUp(why: Impatience): void {
    if (why.tag === "fault") this.#perform(why.failure);
    else this.#endFor(why);
  }

  #endFor(cause: EndCause): void {
    const { role, awaitsProof, claim = "" } = this.#machine;
    const { handshakeTimeoutMs } = this.#parameters;
    const established = this.#stage === "established";
    const soFar = { established, heard: this.#heard, handshakeTimeoutMs };
    this.fail(endReason(cause, { role, awaitsProof, claim, ...soFar }));
  }

  #release(): void {
    this.#stage = "ended";
    this.#patience.stop();
    this.#flights.stop();
    this.#machine.wipe();
    this.#records.wipe();
    this.#early.wipe();
  }
}
