import { sameAddress } from "../net/address.ts";
import type { Address, Clock, Millis, Random } from "../net/ports.ts";
import { sameBytes } from "../wire/bytes.ts";
import { AlertDescription } from "../wire/dtls/alert.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import { PATH_COOKIE_LENGTH, type PathCheck } from "../wire/dtls/path-check.ts";
import type { DtlsRecord } from "../wire/dtls/record.ts";
import { Association, type AssociationDeps } from "./association.ts";
import type { Agreement, AssociationOwner } from "./association-owner.ts";
import { AssociationSession } from "./association-session.ts";
import type { HandshakeMachine } from "./handshake-machine.ts";
import { internalFault } from "./internal-fault.ts";
import { keyLogLine } from "./key-log.ts";
import type { Opening } from "./opening-hello.ts";
import { PathChecker } from "./path-checker.ts";
import { PathCredit } from "./path-credit.ts";
import type { DtlsError } from "./session.ts";

/** The server around its seats. */
export interface SeatHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly local: Address;
  send(datagram: Uint8Array, to: Address): void;
  established(seat: Seat, agreement: Agreement): void;
  /** Somebody could not prove to be who he claims to be, or the handshake failed otherwise. */
  refused(seat: Seat, identity: string, reason: string): void;
  /** The client has moved from `from` to the seat's address. */
  moved(seat: Seat, from: Address): void;
  /** The association is over; its session, if there was one, is told already. */
  left(seat: Seat): void;
  /** Whether anybody keeps a key log. */
  readonly logsKeys: boolean;
  keyLog(line: string): void;
  /** Something threw that must not; the seat is given up. */
  fault(error: unknown): void;
}

/** Datagrams kept while the client's address is looked into: an answer to a request, and a little more. */
const MAX_HELD = 4;
/** Octets of a message on a path. [RFC 9853 §4] */
const PATH_CHECK_LENGTH = 1 + PATH_COOKIE_LENGTH;
/** A record's header without a connection id. [RFC 6347 §4.1] */
const RECORD_HEADER = 13;
const WRONG_KEY = "the key is wrong, or nobody has that identity";

/** One client's place at a server: its association, its address, and its session once there is one. */
export class Seat implements AssociationOwner {
  readonly association: Association;
  /** What the client's records carry, if the client agrees to that. [RFC 9146] */
  readonly connectionId: Uint8Array | undefined;
  /** When its handshake began. */
  readonly begunAt: Millis;
  /** Whether a cookie had come back when the handshake began. */
  readonly hadCookie: boolean;
  readonly #host: SeatHost;
  readonly #maxDatagram: number;
  readonly #hello: Pick<ClientHello, "random"> & { readonly hasCookie: boolean };
  #address: Address;
  #session: AssociationSession | undefined;
  #path: PathChecker | undefined;
  readonly #pathCredit = new PathCredit();
  /** Of the record that is looked at. */
  #octets = 0;
  /** A line of the key log, for which the client's proof is awaited. */
  #keyLogLine: string | undefined;
  /** Octets that may still go to an address that nobody has proved to be at; undefined once someone has. */
  #allowance: number | undefined;
  #withheld = false;
  #held: Uint8Array[] = [];

  /** @param verified whether the address has returned a cookie */
  constructor(
    host: SeatHost,
    deps: AssociationDeps,
    machine: HandshakeMachine,
    { hello, message, sequence }: Opening,
    place: {
      readonly from: Address;
      readonly verified: boolean;
      readonly connectionId: Uint8Array | undefined;
    },
  ) {
    this.#host = host;
    this.#maxDatagram = deps.parameters.maxDatagram;
    this.begunAt = host.clock.now();
    this.hadCookie = place.verified;
    this.#hello = { random: hello.random.slice(), hasCookie: hello.cookie.length > 0 };
    this.#address = place.from;
    this.#allowance = place.verified ? undefined : 0;
    this.connectionId = place.connectionId;
    const numbers = { firstSequence: sequence, nextMessage: message.messageSeq + 1 };
    this.association = new Association(deps, machine, numbers, this);
  }

  /** Where the client is known to be, or says that it is. */
  get address(): Address {
    return this.#address;
  }

  /** Undefined until the handshake is done. */
  get session(): AssociationSession | undefined {
    return this.#session;
  }

  /** Whether the client has shown that it is at its address. */
  get verified(): boolean {
    return this.#allowance === undefined;
  }

  /** Whether something was not sent because nobody has proved to be at the address. */
  get withheld(): boolean {
    return this.#withheld;
  }

  /** Whether the handshake here began with this ClientHello. */
  beganWith({ random, cookie }: ClientHello): boolean {
    const { random: ours, hasCookie } = this.#hello;
    return hasCookie === cookie.length > 0 && sameBytes(random, ours);
  }

  /** So many octets have come from the address: as many may go there. [RFC 6347 §4.2.1] */
  credit(octets: number): void {
    if (this.#allowance !== undefined) this.#allowance += octets;
  }

  /** Begins to answer. Never throws. */
  start(): void {
    this.#guard(() => this.association.start());
  }

  /** Whether the record was of any use. Never throws: whatever goes wrong ends this association alone. */
  receive(record: DtlsRecord, from: Address): boolean {
    const { connectionId, fragment } = record;
    this.#octets = RECORD_HEADER + (connectionId?.length ?? 0) + fragment.length;
    let useful = false;
    this.#guard(() => (useful = this.association.receive(record, from)));
    return useful;
  }

  /** Makes the session of an established association. */
  open(agreement: Agreement): AssociationSession {
    const { connectionIds, returnRoutability } = agreement;
    const movable = (connectionIds?.read.length ?? 0) > 0 && returnRoutability;
    if (movable) this.#path = this.#watchPath();
    const session = new AssociationSession({
      association: this.association,
      peer: this.#address,
      local: this.#host.local,
      identity: agreement.identity,
      terms: agreement,
      movable,
      onClose: () => this.#leave(),
    });
    session.settle(agreement);
    this.#session = session;
    return session;
  }

  /** Ends an association that nobody was told of yet. */
  giveUp(): void {
    this.association.close();
    this.#leave();
  }

  /** The same with a handshake that there is no room for: its client need not wait until its patience is over. */
  turnAway(): void {
    this.association.close(2, AlertDescription.internalError);
    this.#leave();
  }

  send(datagram: Uint8Array, to: Address = this.#address): void {
    if (!sameAddress(to, this.#address)) {
      if (this.#pathCredit.spend(to, datagram.length)) this.#host.send(datagram, to);
      return;
    }
    if (this.#path?.checking === true) this.#hold(datagram);
    if (this.#allowance !== undefined) {
      if (datagram.length > this.#allowance) {
        this.#withheld = true;
        return;
      }
      this.#allowance -= datagram.length;
    }
    this.#host.send(datagram, to);
  }

  established(agreement: Agreement): void {
    if (this.#keyLogLine !== undefined) this.#host.keyLog(this.#keyLogLine);
    this.#keyLogLine = undefined;
    this.#host.established(this, agreement);
  }

  data(payload: Uint8Array): void {
    this.#session?.deliver(payload);
  }

  /** Whoever has the keys has read what we sent: it did arrive at the address. */
  heard(from: Address, newest: boolean): void {
    this.#allowance = undefined;
    if (!sameAddress(from, this.#address)) this.#pathCredit.earn(from, this.#octets);
    if (this.#path?.checking === false) this.#held = [];
    this.#path?.heard(from, newest, this.association.rttMs);
  }

  pathAnswered(check: PathCheck, from: Address): void {
    this.#path?.answered(check, from);
  }

  /** For the log only once the client has proved itself: anyone could fill it otherwise. */
  secret(clientRandom: Uint8Array, master: Uint8Array): void {
    if (this.#host.logsKeys) this.#keyLogLine = keyLogLine(clientRandom, master);
  }

  refused(): void {
    this.#host.refused(this, this.association.claimed ?? "", WRONG_KEY);
  }

  ended(reason: DtlsError): void {
    const silent = reason.code === "dtls/timeout" || reason.code === "dtls/closed";
    this.#leave();
    if (!this.#session && !silent) {
      this.#host.refused(this, this.association.claimed ?? "", reason.message);
    }
    this.#session?.end(reason);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      try {
        this.association.fail(internalFault(error));
      } finally {
        this.#host.fault(error);
      }
    }
  }

  #watchPath(): PathChecker {
    return new PathChecker(this.#host, this.#address, {
      affords: (to) => {
        const overhead = this.#maxDatagram - this.association.maxMessage;
        return this.#pathCredit.affords(to, overhead + PATH_CHECK_LENGTH);
      },
      challenge: (check, to) => this.association.sendPathCheck(check, to),
      moved: (to) => {
        const old = this.#address;
        this.#address = to;
        this.#host.moved(this, old);
        // The same records: if they did arrive at the old address, they are repetitions now.
        for (const datagram of this.#held.splice(0)) this.#host.send(datagram, to);
        this.#session?.move(to);
      },
    });
  }

  /** What goes to an address that the client may have left: it goes again to the new one if that is proved. */
  #hold(datagram: Uint8Array): void {
    this.#held.push(datagram);
    if (this.#held.length > MAX_HELD) this.#held.shift();
  }

  #leave(): void {
    this.#path?.stop();
    this.#keyLogLine = undefined;
    this.#host.left(this);
  }
}
