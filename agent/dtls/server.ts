import {
  formatAddress,
  type Address,
  type DatagramSocket,
  type NetError,
  type World,
} from "../net/ports.ts";
import { WireError } from "../wire/bytes.ts";
import { decodeClientHello, type ClientHello } from "../wire/dtls/client-hello.ts";
import {
  encodeHandshakeFragment,
  HandshakeType,
  splitHandshakeRecord,
} from "../wire/dtls/handshake.ts";
import { encodeHelloVerifyRequest } from "../wire/dtls/hello-verify-request.ts";
import {
  ContentType,
  DTLS10,
  encodeRecord,
  splitDatagram,
  type DtlsRecord,
} from "../wire/dtls/record.ts";
import { Association, type Agreement } from "./association.ts";
import { AssociationSession } from "./association-session.ts";
import { CookieJar } from "./cookie.ts";
import { HalfOpen, type HalfOpenLimits } from "./half-open.ts";
import { serverMachine } from "./handshake-machine.ts";
import { negotiable, serverExchanges, type Negotiable } from "./negotiable.ts";
import { DEFAULT_PARAMETERS, type DtlsParameters } from "./parameters.ts";
import type { HandshakeMessage } from "./reassembly.ts";
import type { ServerCredentials } from "./credentials.ts";
import type { ServerContext } from "./server-handshake.ts";
import { DtlsError, type DtlsSession } from "./session.ts";

/** What `listenDtls` is given. */
export interface ListenOptions extends Negotiable {
  readonly local: Address;
  readonly credentials: ServerCredentials;
  readonly parameters?: Partial<DtlsParameters>;
  /** Handshakes at a time whose clients have proved their address but not their key: 1000, 50 a source. */
  readonly halfOpen?: HalfOpenLimits;
  /** Sessions at a time: 10,000. */
  readonly maxSessions?: number;
  /** A session is established. Must not throw. */
  onSession(session: DtlsSession): void;
  /** A client claimed this identity and could not prove it, or nobody has that identity. */
  onRefused?(from: Address, identity: string): void;
}

/** What a server has seen; numbers only grow. */
export interface DtlsServerStatistics {
  datagrams: number;
  /** Records or datagrams that made no sense. */
  dropped: number;
  cookiesSent: number;
  handshakes: number;
  sessions: number;
  refused: number;
  /** Handshakes given up because a limit was reached. */
  turnedAway: number;
}

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
const MAX_SESSIONS = 10_000;
/** Our record numbers go on from the ClientHello's, which is the peer's choice: it must leave room. */
const MAX_HELLO_SEQUENCE = 2 ** 47;

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

/** One peer address: the session in use, and a newer handshake that may replace it. */
interface Peer {
  current?: Seat;
  candidate?: Seat;
}

/** An association, whose it is, the ClientHello that began it, and its session once there is one. */
interface Seat {
  readonly from: Address;
  readonly key: string;
  readonly association: Association;
  readonly helloRandom: Uint8Array;
  session?: AssociationSession;
}

class Endpoint implements DtlsServer {
  readonly statistics: DtlsServerStatistics = {
    datagrams: 0,
    dropped: 0,
    cookiesSent: 0,
    handshakes: 0,
    sessions: 0,
    refused: 0,
    turnedAway: 0,
  };
  readonly #world: World;
  readonly #options: ListenOptions;
  readonly #context: ServerContext;
  readonly #parameters: DtlsParameters;
  readonly #cookies: CookieJar;
  readonly #peers = new Map<string, Peer>();
  readonly #halfOpen: HalfOpen<Seat>;
  #socket: DatagramSocket | undefined;
  #openSessions = 0;

  constructor(world: World, options: ListenOptions) {
    this.#world = world;
    this.#options = options;
    const { credentials } = options;
    this.#context = {
      random: world.random,
      wallTime: () => world.clock.wallTime(),
      connectionId: undefined,
      credentials,
      ...negotiable(options, serverExchanges(credentials)),
    };
    this.#parameters = {
      ...DEFAULT_PARAMETERS,
      handshakeTimeoutMs: SERVER_HANDSHAKE_TIMEOUT_MS,
      ...options.parameters,
    };
    this.#cookies = new CookieJar(world.clock, world.random);
    this.#halfOpen = new HalfOpen(options.halfOpen ?? HALF_OPEN_LIMITS);
  }

  get local(): Address {
    return this.#socket?.local ?? this.#options.local;
  }

  attach(socket: DatagramSocket): void {
    this.#socket = socket;
  }

  message(data: Uint8Array, from: Address): void {
    this.statistics.datagrams += 1;
    const { records, faulty } = splitDatagram(data);
    if (faulty) this.statistics.dropped += 1;
    for (const [index, record] of records.entries()) this.#onRecord(record, from, index === 0);
  }

  /** What a client's host says of it ("port unreachable") can be forged; heartbeats tell better. */
  error(_fault: NetError): void {
    this.statistics.dropped += 1;
  }

  close(): void {
    for (const { current, candidate } of this.#peers.values()) {
      candidate?.association.close();
      current?.association.close();
      current?.session?.end(new DtlsError("dtls/closed", "the server is shutting down"));
    }
    this.#peers.clear();
    this.#socket?.close();
  }

  #onRecord(record: DtlsRecord, from: Address, first: boolean): void {
    const key = formatAddress(from);
    const peer = this.#peers.get(key);
    const opening = record.epoch === 0 ? openingHello(record) : undefined;
    if (opening && !this.#isRepeated(peer, opening.hello)) {
      // One answer a datagram, whatever it is filled with: its sender may be someone else.
      if (first && record.sequence <= MAX_HELLO_SEQUENCE) this.#onHello(record, opening, from, key);
      else this.statistics.dropped += 1;
      return;
    }
    if (!peer || !this.#deliver(record, peer)) this.statistics.dropped += 1;
  }

  /** Epoch 0 is the newer handshake's; protected records say by their keys whose they are. */
  #deliver(record: DtlsRecord, { current, candidate }: Peer): boolean {
    const seats = record.epoch === 0 ? [candidate ?? current] : [current, candidate];
    return seats.some((seat) => seat?.association.receive(record) === true);
  }

  /** Whether the ClientHello is one that a handshake here already began with. */
  #isRepeated(peer: Peer | undefined, hello: ClientHello): boolean {
    return [peer?.candidate, peer?.current].some(
      (seat) =>
        seat !== undefined &&
        hello.cookie.length > 0 &&
        seat.helloRandom.every((octet, i) => octet === hello.random[i]),
    );
  }

  /** Until a cookie has come back nothing is kept and nothing costly is done. [RFC 6347 §4.2.1] */
  #onHello(record: DtlsRecord, opening: Opening, from: Address, key: string): void {
    const { hello, message } = opening;
    if (!this.#cookies.accepts(from, hello)) {
      return this.#sendCookie(record, hello, from);
    }
    // Better no answer than a handshake that ends in a goodbye; a client may always replace its own session.
    if (this.#isFull() && !this.#peers.get(key)?.current) {
      this.statistics.turnedAway += 1;
      return;
    }
    this.#beginHandshake(record.sequence, { hello, message }, from, key);
  }

  #isFull(): boolean {
    return this.#openSessions >= (this.#options.maxSessions ?? MAX_SESSIONS);
  }

  #sendCookie(record: DtlsRecord, hello: ClientHello, from: Address): void {
    this.statistics.cookiesSent += 1;
    // Version 1.0 in both places, whatever will be negotiated. [RFC 6347 §4.2.1]
    const cookie = this.#cookies.bake(from, hello);
    const body = encodeHelloVerifyRequest({ version: DTLS10, cookie });
    const type = HandshakeType.helloVerifyRequest;
    const fragment = encodeHandshakeFragment({
      type,
      length: body.length,
      messageSeq: 0,
      offset: 0,
      fragment: body,
    });
    const { sequence } = record;
    const reply = { type: ContentType.handshake, version: DTLS10, epoch: 0, sequence, fragment };
    this.#socket?.send(encodeRecord(reply), from);
  }

  #beginHandshake(sequence: number, { hello, message }: Opening, from: Address, key: string): void {
    const peer = this.#peers.get(key) ?? {};
    this.#peers.set(key, peer);
    if (peer.candidate) this.#giveUp(peer.candidate);
    this.statistics.handshakes += 1;
    const association: Association = new Association(
      { clock: this.#world.clock, parameters: this.#parameters },
      serverMachine(hello, message, this.#context),
      { firstSequence: sequence, nextMessage: message.messageSeq + 1 },
      {
        send: (datagram) => this.#socket?.send(datagram, from),
        established: (agreement) => this.#onEstablished(seat, agreement),
        data: (payload) => seat.session?.deliver(payload),
        refused: (identity) => {
          this.statistics.refused += 1;
          this.#options.onRefused?.(from, identity);
        },
        ended: (reason) => {
          this.#leave(seat);
          seat.session?.end(reason);
        },
      },
    );
    const seat: Seat = { from, key, association, helloRandom: hello.random.slice() };
    peer.candidate = seat;
    this.#peers.set(key, peer);
    const evicted = this.#halfOpen.add(from, seat);
    if (evicted) {
      this.statistics.turnedAway += 1;
      this.#giveUp(evicted);
    }
    association.start();
  }

  /** Ends an association that nobody was told of yet. */
  #giveUp(seat: Seat): void {
    seat.association.close();
    this.#leave(seat);
  }

  /** The old session goes only now that the new one is proved: anyone could begin one. [RFC 6347 §4.2.8] */
  #onEstablished(seat: Seat, agreement: Agreement): void {
    const { from, key, association } = seat;
    this.#halfOpen.delete(from, seat);
    const peer = this.#peers.get(key) ?? {};
    const replaced = peer.current;
    if (!replaced && this.#isFull()) {
      this.statistics.turnedAway += 1;
      return this.#giveUp(seat);
    }
    const ends = { peer: from, local: this.local };
    const session = new AssociationSession(association, agreement, ends, () => this.#leave(seat));
    seat.session = session;
    delete peer.candidate;
    peer.current = seat;
    this.#openSessions += replaced ? 0 : 1;
    this.statistics.sessions += 1;
    if (replaced) {
      replaced.association.fail(new DtlsError("dtls/closed", "the client began a new session"));
    }
    this.#options.onSession(session);
  }

  /** Forgets an association, unless another has taken its seat. */
  #leave(seat: Seat): void {
    this.#halfOpen.delete(seat.from, seat);
    const peer = this.#peers.get(seat.key);
    if (!peer) return;
    if (peer.candidate === seat) delete peer.candidate;
    if (peer.current === seat) {
      delete peer.current;
      this.#openSessions -= 1;
    }
    if (!peer.current && !peer.candidate) this.#peers.delete(seat.key);
  }
}

interface Opening {
  readonly hello: ClientHello;
  readonly message: HandshakeMessage;
}

/**
 * A whole ClientHello at the front of a record, if that is what the record holds. One in pieces is not
 * served: putting it together would mean to keep state for an address that nobody has verified.
 */
function openingHello(record: DtlsRecord): Opening | undefined {
  if (record.type !== ContentType.handshake) return undefined;
  try {
    const [first] = splitHandshakeRecord(record.fragment);
    if (first?.type !== HandshakeType.clientHello || first.fragment.length !== first.length) {
      return undefined;
    }
    const { type, messageSeq } = first;
    const body = first.fragment.slice();
    return {
      hello: decodeClientHello(body),
      message: { type, messageSeq, epoch: record.epoch, body },
    };
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
