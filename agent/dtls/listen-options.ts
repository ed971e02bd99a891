import type { Address, Millis, World } from "../net/ports.ts";
import { checkServerCredentials } from "./credential-check.ts";
import type { ServerCredentials } from "./credentials.ts";
import type { HalfOpenLimits } from "./half-open.ts";
import { negotiable, serverExchanges, type Negotiable } from "./negotiable.ts";
import type { DtlsParameters } from "./parameters.ts";
import type { ServerContext } from "./server-state.ts";
import { SessionCache } from "./session-cache.ts";
import { SessionTickets } from "./session-tickets.ts";
import type { DtlsSession } from "./session.ts";

/** What `listenDtls` is given. */
export interface ListenOptions extends Negotiable {
  readonly local: Address;
  readonly credentials: ServerCredentials;
  readonly parameters?: Partial<DtlsParameters>;
  /** Handshakes at a time whose clients have proved their address but not their key: 1000, 50 a source. */
  readonly halfOpen?: HalfOpenLimits;
  /** Sessions at a time: 10,000. */
  readonly maxSessions?: number;
  readonly resumption?: Resumption;
  /** Whether sessions live through a change of the client's address, where the client agrees: yes unless told. [RFC 9146] */
  readonly connectionId?: boolean;
  /** A session is established. Must not throw. */
  onSession(session: DtlsSession): void;
  /**
   * A handshake failed: `identity` is what the client claimed to be, if it came that far, and could not prove, or
   * nobody has that identity. Must not throw.
   */
  onRefused?(from: Address, identity: string, reason: string): void;
  /** Takes lines by which all sessions can be read, each once its client has proved itself; off unless given. Must not throw. */
  keyLog?(line: string): void;
  /** Something threw that must not; it has ended the association that it was in, and nothing else. Must not throw. */
  onFault?(error: unknown): void;
}

/** How sessions are resumed. */
export interface Resumption {
  /** Whether clients are given tickets, so that nothing is kept here; yes unless told. [RFC 5077] */
  readonly tickets?: boolean;
  /** How long after its full handshake a session is resumed: 24 hours; 0 for never. */
  readonly lifetimeMs?: Millis;
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
  /** Handshakes given up, or not begun, because a limit was reached. */
  turnedAway: number;
  /** Faults of ours, see `ListenOptions.onFault`. */
  faults: number;
  /** Sessions whose client was found at another address. */
  moved: number;
}

/** As long as sessions should be resumed at most. [RFC 5246 §F.1.4] */
const SESSION_LIFETIME_MS: Millis = 24 * 3_600_000;

/** What all handshakes of a server have in common. @throws {DtlsError} `dtls/configuration` */
export function serverContext({ clock, random }: World, options: ListenOptions): ServerContext {
  const { credentials, resumption } = options;
  checkServerCredentials(credentials, clock.wallTime());
  const ticketLifetimeMs = resumption?.lifetimeMs ?? SESSION_LIFETIME_MS;
  const tickets =
    resumption?.tickets === false
      ? undefined
      : { tickets: new SessionTickets(clock, random, ticketLifetimeMs) };
  return {
    random,
    wallTime: () => clock.wallTime(),
    connectionId: undefined,
    credentials,
    ...negotiable(options, serverExchanges(credentials)),
    ...(ticketLifetimeMs > 0
      ? { ticketLifetimeMs, sessions: new SessionCache(clock), ...tickets }
      : {}),
  };
}
