import type { Address, Millis } from "../net/ports.ts";
import type { Agreement, Association } from "./association.ts";
import type { DtlsSession, PeerIdentity, SecurityInfo } from "./session.ts";

interface Listener {
  message(data: Uint8Array): void;
  closed(reason: Error): void;
}

/** Messages kept until the owner listens; a handshake's end and the first request come close together. */
const MAX_QUEUED = 32;

/** An association as its user sees it. */
export class AssociationSession implements DtlsSession {
  readonly peer: Address;
  readonly local: Address;
  readonly security: SecurityInfo;
  readonly identity: PeerIdentity;
  readonly handshakeMs: Millis;
  readonly rttMs: Millis | undefined;
  readonly maxMessage: number;
  readonly #association: Association;
  readonly #onClose: () => void;
  #listener: Listener | undefined;
  #queue: Uint8Array[] = [];
  #ended: Error | undefined;

  /** @param onClose releases what carried the association, after `close` */
  constructor(
    association: Association,
    agreement: Agreement,
    ends: { readonly peer: Address; readonly local: Address },
    onClose: () => void,
  ) {
    this.peer = ends.peer;
    this.local = ends.local;
    this.security = {
      version: "DTLS1.2",
      cipher: agreement.suite.name,
      resumed: agreement.resumed,
      connectionId: false,
    };
    this.identity = agreement.identity;
    this.handshakeMs = agreement.handshakeMs;
    this.rttMs = agreement.rttMs;
    this.maxMessage = association.maxMessage;
    this.#association = association;
    this.#onClose = onClose;
  }

  send(data: Uint8Array): void {
    this.#association.send(data);
  }

  listen(listener: Listener): void {
    this.#listener = listener;
    for (const data of this.#queue.splice(0)) listener.message(data);
    if (this.#ended) listener.closed(this.#ended);
  }

  close(): void {
    this.#listener = undefined;
    this.#association.close();
    this.#onClose();
  }

  /** For the owner of the association: data has come. */
  deliver(data: Uint8Array): void {
    if (this.#listener) this.#listener.message(data);
    else if (this.#queue.length < MAX_QUEUED) this.#queue.push(data.slice());
  }

  /** For the owner of the association: it is over. */
  end(reason: Error): void {
    this.#ended = reason;
    this.#listener?.closed(reason);
  }
}
