import type { Address, Millis } from "../net/ports.ts";
import type { PathCheck } from "../wire/dtls/path-check.ts";
import type { CipherSuite } from "./cipher-suites.ts";
import type { ConnectionIds } from "./handshake.ts";
import type { ResumableSession } from "./resumption.ts";
import type { DtlsError, PeerIdentity } from "./session.ts";

/** What an association has agreed on as soon as it has keys. */
export interface Terms {
  readonly suite: CipherSuite;
  readonly connectionIds: ConnectionIds | undefined;
}

/** What an established association has agreed on and measured. */
export interface Agreement extends Terms {
  readonly identity: PeerIdentity;
  readonly resumed: boolean;
  readonly returnRoutability: boolean;
  readonly handshakeMs: Millis;
  readonly rttMs: Millis | undefined;
}

/** Who owns an association, and hears from it. None may throw. */
export interface AssociationOwner {
  /** `to`: where, if not where the peer is known to be. */
  send(datagram: Uint8Array, to?: Address): void;
  /** Client: data may go before the server's Finished has come. [RFC 7918] */
  maySend?(terms: Terms): void;
  established(agreement: Agreement): void;
  data(payload: Uint8Array): void;
  /** A record authenticated; `newest`: it is newer than all that did before. Comes before what is in it. */
  heard?(from: Address, newest: boolean): void;
  /** The peer answers a challenge of ours. [RFC 9853] */
  pathAnswered?(check: PathCheck, from: Address): void;
  /** Client: a session to keep. Its secret is wiped when this returns. */
  resumable?(session: ResumableSession): void;
  /** What a key log records, of which nothing may be kept. */
  secret?(clientRandom: Uint8Array, master: Uint8Array): void;
  /** Server: the client's proof of its key does not hold. It may try again until the handshake's time is over. */
  refused?(): void;
  /** The association is over, and why. Called at most once, last. */
  ended(reason: DtlsError): void;
}
