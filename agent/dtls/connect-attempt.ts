import {
  formatAddress,
  NetError,
  type Address,
  type DatagramSocket,
  type Millis,
} from "../net/ports.ts";
import { splitDatagram } from "../wire/dtls/record.ts";
import type { Association } from "./association.ts";
import type { Agreement, AssociationOwner, Terms } from "./association-owner.ts";
import { AssociationSession } from "./association-session.ts";
import { wipe } from "./crypto/constant-time.ts";
import { internalFault } from "./internal-fault.ts";
import { keyLogLine } from "./key-log.ts";
import type { ResumableSession } from "./resumption.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { DtlsError, type DtlsErrorCode, type DtlsSession, type PeerIdentity } from "./session.ts";

/** What an attempt to connect is made with. */
export interface AttemptOptions {
  readonly to: Address;
  /** Ours. */
  readonly identity: PeerIdentity;
  readonly keeper: SessionKeeper;
  readonly signal: AbortSignal | undefined;
  onMaySend(session: DtlsSession): void;
  keyLog(line: string): void;
}

/** One attempt to connect, and the session that comes of it: joins a socket and an association. */
export class ConnectAttempt implements AssociationOwner {
  readonly #options: AttemptOptions;
  #socket: DatagramSocket | undefined;
  #association: Association | undefined;
  #session: AssociationSession | undefined;
  #settle: { resolve(session: DtlsSession): void; reject(error: DtlsError): void } | undefined;
  #saved = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Runs the handshake on a bound socket. @throws {DtlsError} */
  run(socket: DatagramSocket, association: Association): Promise<DtlsSession> {
    const { signal } = this.#options;
    this.#socket = socket;
    this.#association = association;
    const giveUp = (): void => {
      if (association.stage !== "handshake") return;
      association.close();
      this.ended(new DtlsError("dtls/closed", "given up"));
    };
    const outcome = new Promise<DtlsSession>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    if (signal?.aborted === true) giveUp();
    else association.start();
    signal?.addEventListener("abort", giveUp, { once: true });
    return outcome.finally(() => signal?.removeEventListener("abort", giveUp));
  }

  message(data: Uint8Array): void {
    // The id that we want to find in the server's records is empty: they have none.
    try {
      for (const record of splitDatagram(data).records) {
        this.#association?.receive(record, this.#options.to);
      }
    } catch (error) {
      // A fault of ours, which must end nothing but this: the caller is a socket's callback.
      this.#association?.fail(internalFault(error));
    }
  }

  /**
   * "Port unreachable" ends an attempt that nobody has answered yet. Anyone can forge one, so later it
   * counts for nothing: a session ends by its heartbeats, not by a stray packet.
   */
  error(fault: NetError): void {
    const association = this.#association;
    if (!association || association.heard) return;
    if (fault.code === "net/refused" || fault.code === "net/unreachable") {
      association.fail(networkError(fault, this.#options.to));
    }
  }

  send(datagram: Uint8Array): void {
    this.#socket?.send(datagram, this.#options.to);
  }

  maySend(terms: Terms): void {
    const session = this.#open(terms);
    if (session) this.#options.onMaySend(session);
  }

  established(agreement: Agreement): void {
    this.#options.keeper.established(agreement.resumed, this.#saved);
    const session = this.#open(agreement);
    session?.settle({ ...agreement, rttMs: this.#rttMs });
    if (session) this.#settle?.resolve(session);
  }

  data(payload: Uint8Array): void {
    this.#session?.deliver(payload);
  }

  resumable(session: ResumableSession): void {
    this.#saved = true;
    const rttMs = this.#rttMs;
    try {
      this.#options.keeper.save(rttMs === undefined ? session : { ...session, rttMs });
    } finally {
      wipe(session.master);
    }
  }

  secret(clientRandom: Uint8Array, master: Uint8Array): void {
    this.#options.keyLog(keyLogLine(clientRandom, master));
  }

  ended(reason: DtlsError): void {
    this.#socket?.close();
    this.#options.keeper.ended(reason);
    this.#settle?.reject(reason); // of no effect once there is a session
    this.#session?.end(reason);
  }

  /** The session, from when data may be sent on. */
  #open(terms: Terms): AssociationSession | undefined {
    const association = this.#association;
    if (!association || !this.#socket) return undefined;
    this.#session ??= new AssociationSession({
      association,
      peer: this.#options.to,
      local: this.#socket.local,
      identity: this.#options.identity,
      terms,
      movable: (terms.connectionIds?.write.length ?? 0) > 0,
      onClose: () => this.#onClose(),
    });
    return this.#session;
  }

  /** As measured now or, where every flight was repeated, the last time. */
  get #rttMs(): Millis | undefined {
    return this.#association?.rttMs ?? this.#options.keeper.resume?.rttMs;
  }

  #onClose(): void {
    this.#socket?.close();
    this.#options.keeper.release();
    this.#settle?.reject(new DtlsError("dtls/closed", "given up"));
  }
}

/** What a fault of the network means to a client. @throws whatever is none */
export function networkError(error: unknown, to: Address): DtlsError {
  if (!(error instanceof NetError)) throw error;
  const code: DtlsErrorCode = error.code === "net/refused" ? "dtls/refused" : "dtls/network";
  const what = code === "dtls/refused" ? "nobody listens on" : `${error.message}, towards`;
  return new DtlsError(code, `${what} ${formatAddress(to)} (UDP)`, { cause: error });
}
