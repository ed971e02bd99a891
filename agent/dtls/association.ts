import type { Clock, Millis, Timer } from "../net/ports.ts";
import { WireError } from "../wire/bytes.ts";
import { AlertDescription, decodeAlert, encodeAlert } from "../wire/dtls/alert.ts";
import { HandshakeType, splitHandshakeRecord } from "../wire/dtls/handshake.ts";
import { ContentType, type DtlsRecord } from "../wire/dtls/record.ts";
import { endedByAlert, refusedByAlert } from "./alert-error.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import { FlightSender } from "./flight-sender.ts";
import type { Established, HandshakeEffect } from "./handshake.ts";
import type { HandshakeMachine } from "./handshake-machine.ts";
import type { DtlsParameters } from "./parameters.ts";
import { Reassembly } from "./reassembly.ts";
import { RecordLayer } from "./record-layer.ts";
import { DtlsError, type PeerIdentity } from "./session.ts";

/** What an established association has agreed on and measured. */
export interface Agreement {
  readonly suite: CipherSuite;
  readonly identity: PeerIdentity;
  readonly resumed: boolean;
  readonly handshakeMs: Millis;
  readonly rttMs: Millis | undefined;
}

/** Who owns an association, and hears from it. None may throw. */
export interface AssociationOwner {
  send(datagram: Uint8Array): void;
  established(agreement: Agreement): void;
  data(payload: Uint8Array): void;
  /** The peer's proof of its key does not hold. It may try again until the handshake's time is over. */
  refused(identity: string): void;
  /** The association is over, and why. Called at most once, last. */
  ended(reason: DtlsError): void;
}

/** Records of an epoch whose keys are still to come, and data that overtook a Finished: at most so many. */
const MAX_EARLY = 8;
/** Alerts and other answers to what nobody authenticated: at most so many an association. */
const MAX_UNPROVEN_ANSWERS = 6;

/** What begins a handshake. */
const RENEGOTIATION: ReadonlySet<number> = new Set([
  HandshakeType.helloRequest,
  HandshakeType.clientHello,
]);

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
  readonly #machine: HandshakeMachine;
  readonly #owner: AssociationOwner;
  readonly #records: RecordLayer;
  readonly #flights: FlightSender;
  readonly #reassembly: Reassembly;
  readonly #startedAt: Millis;
  readonly #deadline: Timer;
  #stage: "handshake" | "established" | "ended" = "handshake";
  #early: DtlsRecord[] = [];
  #earlyData: Uint8Array[] = [];
  #suspicion: Timer | undefined;
  #verdict: Timer | undefined;
  #unprovenAnswers = 0;
  #heard = false;

  /** @param numbers the first record number to use, and the message_seq that comes next */
  constructor(
    deps: { readonly clock: Clock; readonly parameters: DtlsParameters },
    machine: HandshakeMachine,
    numbers: { readonly firstSequence: number; readonly nextMessage: number },
    owner: AssociationOwner,
  ) {
    this.#clock = deps.clock;
    this.#parameters = deps.parameters;
    this.#machine = machine;
    this.#owner = owner;
    this.#records = new RecordLayer(numbers.firstSequence);
    this.#flights = new FlightSender(deps, this.#records, (datagram) => owner.send(datagram));
    this.#reassembly = new Reassembly(numbers.nextMessage, machine.expects);
    this.#startedAt = deps.clock.now();
    this.#deadline = deps.clock.after(deps.parameters.handshakeTimeoutMs, () => this.#onDeadline());
  }

  get stage(): "handshake" | "established" | "ended" {
    return this.#stage;
  }

  /** Whether any record of the peer has been understood. */
  get heard(): boolean {
    return this.#heard;
  }

  /** The largest payload that fits one datagram. */
  get maxMessage(): number {
    return this.#parameters.maxDatagram - this.#records.overhead;
  }

  start(): void {
    this.#carryOut(this.#machine.start());
  }

  /** Takes one record; says whether it was of any use to this association. */
  receive(record: DtlsRecord): boolean {
    if (this.#stage === "ended") return false;
    const opened = this.#records.open(record);
    if (opened.tag === "no-keys") return this.#keepEarly(record);
    if (opened.tag === "bad") return this.#onBadRecord();
    // It may still be another association's with this address: a new one's numbers start at 0 as well.
    if (opened.tag === "replayed") return false;
    this.#heard = true;
    try {
      this.#dispatch(record, opened.fragment);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.dropped += 1;
    }
    return true;
  }

  /** Sends one record of application data. @throws {DtlsError} `dtls/too-large` */
  send(payload: Uint8Array): void {
    if (this.#stage !== "established") return;
    if (payload.length > this.maxMessage) {
      const why = `${payload.length} octets do not fit one datagram (at most ${this.maxMessage})`;
      throw new DtlsError("dtls/too-large", why);
    }
    this.#owner.send(this.#records.seal(ContentType.applicationData, 1, payload));
  }

  /** Says goodbye and ends, without telling the owner. Idempotent. */
  close(): void {
    if (this.#stage === "ended") return;
    this.#sendAlert(1, AlertDescription.closeNotify);
    this.#release();
  }

  /** Ends with a reason that came from elsewhere, such as the socket. */
  fail(reason: DtlsError): void {
    if (this.#stage === "ended") return;
    this.#release();
    this.#owner.ended(reason);
  }

  #dispatch(record: DtlsRecord, fragment: Uint8Array): void {
    switch (record.type) {
      case ContentType.handshake:
        return this.#onHandshake(record.epoch, fragment);
      case ContentType.alert:
        return this.#onAlert(record.epoch, fragment);
      case ContentType.applicationData:
        return this.#onData(record.epoch, fragment);
      case ContentType.changeCipherSpec:
        return; // The epoch in every record says the same, and arrives with it.
      default:
        this.dropped += 1;
    }
  }

  #onHandshake(epoch: number, fragment: Uint8Array): void {
    for (const piece of splitHandshakeRecord(fragment)) {
      // Numbers start anew in a renegotiation, so it is looked for before they are.
      if (epoch === 1 && RENEGOTIATION.has(piece.type)) {
        this.#refuseRenegotiation();
        continue;
      }
      const taken = this.#reassembly.take(piece, epoch);
      if (taken === "old") this.#flights.peerRepeats();
      else if (taken === "refused" || this.#stage !== "handshake") this.dropped += 1;
      else this.#deliver();
      if (this.#stage === "ended") return;
    }
  }

  /** Hands on every message that is complete and next. */
  #deliver(): void {
    for (;;) {
      const message = this.#stage === "handshake" ? this.#reassembly.next() : undefined;
      if (!message) return;
      this.#flights.measure();
      this.#carryOut(this.#machine.message(message));
    }
  }

  /** A new handshake inside a session could change who is at its other end. [RFC 5246 §7.2.2] */
  #refuseRenegotiation(): void {
    if (this.#stage !== "established" || this.#unprovenAnswers >= MAX_UNPROVEN_ANSWERS) return;
    this.#unprovenAnswers += 1;
    this.#sendAlert(1, AlertDescription.noRenegotiation);
  }

  #onAlert(epoch: number, fragment: Uint8Array): void {
    const alert = decodeAlert(fragment);
    const { description } = alert;
    if (epoch === 0) {
      if (this.#stage === "handshake" && alert.level === 2) this.#suspect(description);
      return;
    }
    if (description === AlertDescription.closeNotify) {
      this.#sendAlert(1, AlertDescription.closeNotify);
      return this.fail(new DtlsError("dtls/closed", "the peer closed the session"));
    }
    if (alert.level === 2) this.fail(this.#alertError(description));
  }

  /** Anyone can send an alert in the clear, so it only counts if the handshake does not go on after it. */
  #suspect(description: number): void {
    this.#suspicion ??= this.#clock.after(this.#parameters.alertGraceMs, () => {
      if (this.#stage === "handshake") this.fail(this.#alertError(description));
    });
  }

  #onData(epoch: number, payload: Uint8Array): void {
    if (epoch === 0) {
      this.dropped += 1;
    } else if (this.#stage === "established") {
      // Data under the new keys shows that the peer has our Finished.
      this.#flights.finalReceived();
      this.#owner.data(payload);
    } else if (this.#earlyData.length < MAX_EARLY) {
      this.#earlyData.push(payload.slice());
    }
  }

  /** A record that overtook the messages its keys are made from. */
  #keepEarly(record: DtlsRecord): boolean {
    const useful = this.#stage === "handshake" && record.epoch === 1 && !this.#records.hasKeys;
    if (!useful || this.#early.length >= MAX_EARLY) {
      this.dropped += 1;
      return false;
    }
    this.#early.push({ ...record, fragment: record.fragment.slice() });
    return true;
  }

  /**
   * Dropped in silence [RFC 6347 §4.1.2.7], but for a server that waits for a proof: a client with a
   * wrong key is told at once, or its user would wait for nothing. The handshake stays open meanwhile:
   * the record may be somebody else's, and the true one on its way.
   */
  #onBadRecord(): boolean {
    this.dropped += 1;
    const { role, awaitsProof, claimed } = this.#machine;
    if (this.#stage !== "handshake" || role !== "server" || !awaitsProof) return false;
    if (this.#unprovenAnswers === 0) this.#owner.refused(claimed ?? "");
    if (this.#unprovenAnswers < MAX_UNPROVEN_ANSWERS) {
      this.#unprovenAnswers += 1;
      this.#sendAlert(2, AlertDescription.decryptError);
    }
    return false;
  }

  #carryOut(effects: readonly HandshakeEffect[]): void {
    for (const effect of effects) {
      if (this.#stage === "ended") return;
      switch (effect.tag) {
        case "keys": {
          const explicitNonce = effect.suite.recordIvLength;
          this.#records.install({ ...this.#machine.own(effect.keys), explicitNonce });
          break;
        }
        case "send":
          this.#flights.begin(effect.flight, effect.final);
          if (this.#machine.role === "client" && this.#machine.awaitsProof) this.#awaitVerdict();
          break;
        case "established":
          this.#onEstablished(effect);
          break;
        case "secret":
        case "may-send":
        case "resumable":
          break;
        case "fail":
          if (effect.alert !== undefined) this.#sendAlert(2, effect.alert);
          this.fail(new DtlsError(effect.code, effect.reason));
      }
    }
    this.#replayEarly();
  }

  /** What had to wait for the keys. */
  #replayEarly(): void {
    if (!this.#records.hasKeys || this.#early.length === 0) return;
    const early = this.#early;
    this.#early = [];
    for (const record of early) this.receive(record);
  }

  #onEstablished({ suite, identity, resumed }: Established): void {
    this.#stage = "established";
    this.#deadline.cancel();
    this.#suspicion?.cancel();
    this.#verdict?.cancel();
    this.#flights.established();
    const handshakeMs = this.#clock.now() - this.#startedAt;
    const { rttMs } = this.#flights;
    this.#owner.established({ suite, identity, resumed, handshakeMs, rttMs });
    for (const payload of this.#earlyData.splice(0)) this.#owner.data(payload);
  }

  #sendAlert(level: 1 | 2, description: number): void {
    const alert = encodeAlert({ level, description });
    this.#owner.send(this.#records.seal(ContentType.alert, this.#flights.writeEpoch, alert));
  }

  /**
   * Several peers drop a proof that fails without a word (OpenSSL and GnuTLS do), which from here looks
   * like loss: so this is neither called a refusal nor a mere timeout.
   */
  #onDeadline(): void {
    if (this.#machine.role === "client" && this.#machine.awaitsProof) return this.#failUnproved();
    const seconds = Math.round(this.#parameters.handshakeTimeoutMs / 100) / 10;
    const what = this.#heard ? "the handshake did not end" : "no answer came";
    this.fail(new DtlsError("dtls/timeout", `${what} within ${seconds} s`));
  }

  #failUnproved(): void {
    const { claimed } = this.#machine;
    const why = `the server fell silent when it was shown the key (identity ${claimed})`;
    this.fail(new DtlsError("dtls/proof-unanswered", why));
  }

  /** The flight that shows the key has just gone out. */
  #awaitVerdict(): void {
    const { proofPatienceMs } = this.#parameters;
    if (this.#flights.lossSeen || !Number.isFinite(proofPatienceMs)) return;
    this.#verdict = this.#clock.after(proofPatienceMs, () => {
      if (this.#stage === "handshake") this.#failUnproved();
    });
  }

  #alertError(description: number): DtlsError {
    const { role, claimed = "" } = this.#machine;
    return this.#stage === "established"
      ? endedByAlert(description, role)
      : refusedByAlert(description, role, claimed);
  }

  #release(): void {
    this.#stage = "ended";
    this.#deadline.cancel();
    this.#flights.stop();
    this.#suspicion?.cancel();
    this.#verdict?.cancel();
    this.#records.wipe();
    this.#early = [];
    this.#earlyData = [];
  }
}
