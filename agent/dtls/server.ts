import type { Address, DatagramSocket, NetError, World } from "../net/ports.ts";
import { ContentType, splitDatagram, type DtlsRecord } from "../wire/dtls/record.ts";
import type { ClientHello } from "../wire/dtls/client-hello.ts";
import type { Agreement } from "./association-owner.ts";
import { CookieJar } from "./cookie.ts";
import type { HalfOpenLimits } from "./half-open.ts";
import { HandshakeBudget } from "./handshake-budget.ts";
import { mayResumeWithoutCookie, serverMachine } from "./handshake-machine.ts";
import { serverContext, type DtlsServerStatistics, type ListenOptions } from "./listen-options.ts";
import { cookieRequest, holdsNoMessage, openingHello, type Opening } from "./opening-hello.ts";
import { DEFAULT_PARAMETERS, type DtlsParameters } from "./parameters.ts";
import { Seat, type SeatHost } from "./seat.ts";
import { Seats, type Place } from "./seats.ts";
import type { ServerContext } from "./server-state.ts";
import { DtlsError } from "./session.ts";

export type { ListenOptions } from "./listen-options.ts";

/** A bound server. */
export interface DtlsServer {
  readonly local: Address;
  readonly statistics: Readonly<DtlsServerStatistics>;
  /** Says goodbye on every session and releases the socket. Idempotent. */
  close(): void;
}

/** A client that does not go on within this is forgotten, whatever its own patience. */
const SERVER_HANDSHAKE_TIMEOUT_MS = 20_000;
const HALF_OPEN_LIMITS: HalfOpenLimits = { total: 1000, perSource: 50 };
/** Of all clients; whoever serves the sessions ends the oldest of one client that has too many. */
const MAX_SESSIONS = 10_000;
/** For so long a handshake whose client has returned a cookie is not given up for another one of the same address. */
const MIN_HANDSHAKE_MS = 1000;
/** Our record numbers go on from the ClientHello's, which is the peer's choice: it must leave room. */
const MAX_HELLO_SEQUENCE = 2 ** 47;
/** So long that nobody finds one by trying, and that those of all sessions differ. */
const CONNECTION_ID_LENGTH = 8;

/**
 * Serves DTLS on one UDP socket.
 * @throws {NetError} if the address cannot be bound; {DtlsError} `dtls/configuration`
 */
export async function listenDtls(world: World, options: ListenOptions): Promise<DtlsServer> {
  const endpoint = new Endpoint(world, options);
  const socket = await world.datagrams.bind({ local: options.local }, endpoint);
  endpoint.attach(socket);
  return endpoint;
}

class Endpoint implements DtlsServer, SeatHost {
  readonly statistics: DtlsServerStatistics = {
    datagrams: 0,
    dropped: 0,
    cookiesSent: 0,
    handshakes: 0,
    sessions: 0,
    refused: 0,
    turnedAway: 0,
    faults: 0,
    moved: 0,
  };
  readonly #world: World;
  readonly #options: ListenOptions;
  readonly #context: ServerContext;
  readonly #parameters: DtlsParameters;
  readonly #cookies: CookieJar;
  readonly #budget: HandshakeBudget;
  readonly #seats: Seats;
  #socket: DatagramSocket | undefined;

  constructor(world: World, options: ListenOptions) {
    this.#world = world;
    this.#options = options;
    this.#context = serverContext(world, options);
    this.#parameters = {
      ...DEFAULT_PARAMETERS,
      handshakeTimeoutMs: SERVER_HANDSHAKE_TIMEOUT_MS,
      ...options.parameters,
    };
    this.#cookies = new CookieJar(world.clock, world.random);
    this.#budget = new HandshakeBudget(world.clock);
    this.#seats = new Seats(options.halfOpen ?? HALF_OPEN_LIMITS);
  }

  get clock(): World["clock"] {
    return this.#world.clock;
  }

  get random(): World["random"] {
    return this.#world.random;
  }

  get local(): Address {
    return this.#socket?.local ?? this.#options.local;
  }

  attach(socket: DatagramSocket): void {
    this.#socket = socket;
  }

  message(data: Uint8Array, from: Address): void {
    this.statistics.datagrams += 1;
    try {
      this.#onDatagram(data, from);
    } catch (error) {
      this.fault(error); // what may throw is caught closer to its seat; the socket is everybody's
    }
  }

  #onDatagram(data: Uint8Array, from: Address): void {
    const ids = this.#options.connectionId === false ? 0 : CONNECTION_ID_LENGTH;
    const { records, faulty } = splitDatagram(data, ids);
    if (faulty) this.statistics.dropped += 1;
    this.#seats.at(from)?.candidate?.credit(data.length);
    for (const [index, record] of records.entries()) {
      // One answer a datagram, whatever it is filled with: its sender may be someone else.
      const octets = index === 0 ? data.length : 0;
      if (!this.#onRecord(record, from, octets)) this.statistics.dropped += 1;
    }
  }

  /** What a client's host says of it ("port unreachable") can be forged; heartbeats tell better. */
  error(_fault: NetError): void {
    this.statistics.dropped += 1;
  }

  close(): void {
    for (const seat of this.#seats.all) {
      const { session } = seat;
      seat.giveUp();
      session?.end(new DtlsError("dtls/closed", "the server is shutting down"));
    }
    this.#context.tickets?.wipe();
    this.#context.sessions?.wipe();
    this.#socket?.close();
  }

  send(datagram: Uint8Array, to: Address): void {
    this.#socket?.send(datagram, to);
  }

  /** The old session goes only now that the new one is proved: anyone could begin one. [RFC 6347 §4.2.8] */
  established(seat: Seat, agreement: Agreement): void {
    const replaced = this.#seats.replacedAt(seat.address, agreement.identity);
    if (!replaced && this.#isFull()) {
      this.statistics.turnedAway += 1;
      return seat.giveUp();
    }
    const session = seat.open(agreement);
    this.#seats.establish(seat);
    this.statistics.sessions += 1;
    if (seat.hadCookie) this.#budget.giveBack(seat.address);
    replaced?.association.fail(new DtlsError("dtls/closed", "the client began a new session"));
    this.#options.onSession(session);
  }

  refused(seat: Seat, identity: string, reason: string): void {
    this.statistics.refused += 1;
    this.#options.onRefused?.(seat.address, identity, reason);
  }

  moved(seat: Seat, from: Address): void {
    this.statistics.moved += 1;
    this.#seats.move(seat, from);
  }

  left(seat: Seat): void {
    this.#seats.remove(seat);
  }

  get logsKeys(): boolean {
    return this.#options.keyLog !== undefined;
  }

  keyLog(line: string): void {
    this.#options.keyLog?.(line);
  }

  fault(error: unknown): void {
    this.statistics.faults += 1;
    this.#options.onFault?.(error);
  }

  /** @param octets of the datagram that the record begins; 0 for a record after the first */
  #onRecord(record: DtlsRecord, from: Address, octets: number): boolean {
    if (holdsNoMessage(record)) return false;
    if (record.type === ContentType.tls12Cid && record.connectionId) {
      // Until the handshake is done, its id is its address's alone.
      const seat = this.#seats.withId(record.connectionId);
      if (seat) return seat.receive(record, from);
    }
    const place = this.#seats.at(from);
    const opening = openingHello(record);
    if (opening && !isRepeated(place, opening.hello)) {
      if (octets === 0 || opening.sequence > MAX_HELLO_SEQUENCE) return false;
      this.#onHello(opening, from, octets);
      return true;
    }
    return place !== undefined && deliver(record, from, place);
  }

  /** Until a cookie has come back nothing is kept and nothing costly is done. [RFC 6347 §4.2.1] */
  #onHello(opening: Opening, from: Address, octets: number): void {
    if (!this.#cookies.accepts(from, opening.hello)) {
      if (this.#mayResume(opening, from)) this.#resume(opening, from, octets);
      else this.#sendCookie(opening, from);
      return;
    }
    // No answer is better than a handshake that ends in a goodbye, and the client asks again.
    if (this.#mayBegin(from)) this.#begin(opening, from, true);
    else this.statistics.turnedAway += 1;
  }

  /** A client may always replace its own session, and what it began a while ago; but all that is work for us. */
  #mayBegin(from: Address): boolean {
    const place = this.#seats.at(from);
    if (this.#isFull() && !place?.current) return false;
    const { candidate } = place ?? {};
    const age = this.#world.clock.now() - (candidate?.begunAt ?? -Infinity);
    if (candidate?.hadCookie === true && age < MIN_HANDSHAKE_MS) return false;
    return this.#budget.take(from);
  }

  #isFull(): boolean {
    return this.#seats.sessions >= (this.#options.maxSessions ?? MAX_SESSIONS);
  }

  #sendCookie({ hello, sequence }: Opening, from: Address, by: Pick<Seat, "send"> = this): void {
    this.statistics.cookiesSent += 1;
    by.send(cookieRequest(this.#cookies.bake(from, hello), sequence), from);
  }

  /** Who forges addresses can show a ticket that he has seen: he takes nobody's place by that, nor their room. */
  #mayResume({ hello }: Opening, from: Address): boolean {
    return (
      !this.#isFull() &&
      this.#seats.at(from)?.candidate === undefined &&
      this.#seats.hasRoomUnverified(from) &&
      mayResumeWithoutCookie(hello, this.#context)
    );
  }

  /** Spares a client that we know the round trip of the cookie. [RFC 6347 §4.2.1] */
  #resume(opening: Opening, from: Address, octets: number): void {
    const seat = this.#begin(opening, from, false);
    seat.credit(octets);
    seat.start();
    if (!seat.withheld) return;
    // The answer is longer than the question: it has to wait for a cookie.
    this.#sendCookie(opening, from, seat);
    seat.association.fail(new DtlsError("dtls/closed", "the address is not verified"));
  }

  #begin(opening: Opening, from: Address, verified: boolean): Seat {
    const { hello, message } = opening;
    this.#seats.at(from)?.candidate?.giveUp();
    this.statistics.handshakes += 1;
    const connectionId = this.#freshId();
    const context = { ...this.#context, connectionId, addressUnverified: !verified };
    const deps = { clock: this.#world.clock, parameters: this.#parameters };
    const machine = serverMachine(hello, message, context);
    const place = { from, verified, connectionId };
    const seat = new Seat(this, deps, machine, opening, place);
    const evicted = this.#seats.begin(seat);
    if (evicted) {
      this.statistics.turnedAway += 1;
      evicted.turnAway();
    }
    if (verified) seat.start();
    return seat;
  }

  #freshId(): Uint8Array | undefined {
    if (this.#options.connectionId === false) return undefined;
    for (;;) {
      const id = this.#world.random.bytes(CONNECTION_ID_LENGTH);
      if (!this.#seats.withId(id)) return id;
    }
  }
}

/** Epoch 0 is the newer handshake's; protected records say by their keys whose they are. */
function deliver(record: DtlsRecord, from: Address, { current, candidate }: Place): boolean {
  const seats = record.epoch === 0 ? [candidate ?? current] : [current, candidate];
  return seats.some((seat) => seat?.receive(record, from) === true);
}

/** Whether the ClientHello is one that a handshake here already began with. */
function isRepeated(place: Place | undefined, hello: ClientHello): boolean {
  return [place?.candidate, place?.current].some((seat) => seat?.beganWith(hello) === true);
}
