import type { Address, Millis } from "../net/ports.ts";
import type { Association } from "./association.ts";
import type { Agreement, Terms } from "./association-owner.ts";
import type { DtlsListener, DtlsSession, PeerIdentity, SecurityInfo } from "./session.ts";

/** Messages kept until the owner listens; a handshake's end and the first request come close together. */
const MAX_QUEUED = 32;

/** What a session is made of. */
export interface SessionParts {
  readonly association: Association;
  readonly peer: Address;
  readonly local: Address;
  /** Of the client. */
  readonly identity: PeerIdentity;
  readonly terms: Terms;
  /** Whether the connection ids, if any, let the client's address change. */
  readonly movable: boolean;
  /** Releases what carried the association, after `close`. */
  onClose(): void;
}

/** An association as its user sees it; before the handshake is done if data may be sent already. */
export class AssociationSession implements DtlsSession {
  readonly local: Address;
  readonly maxMessage: number;
  readonly #parts: SessionParts;
  #peer: Address;
  #agreement: Agreement | undefined;
  #listener: DtlsListener | undefined;
  #queue: Uint8Array[] = [];
  #ended: Error | undefined;

  constructor(parts: SessionParts) {
    this.local = parts.local;
    this.maxMessage = parts.association.maxMessage;
    this.#parts = parts;
    this.#peer = parts.peer;
  }

  get peer(): Address {
    return this.#peer;
  }

  get security(): SecurityInfo {
    const { terms, movable } = this.#parts;
    return {
      version: "DTLS1.2",
      cipher: terms.suite.name,
      resumed: this.#agreement?.resumed ?? false,
      connectionId: movable,
    };
  }

  get identity(): PeerIdentity {
    return this.#agreement?.identity ?? this.#parts.identity;
  }

  get handshakeMs(): Millis {
    return this.#agreement?.handshakeMs ?? 0;
  }

  get rttMs(): Millis | undefined {
    return this.#agreement?.rttMs ?? this.#parts.association.rttMs;
  }

  send(data: Uint8Array): void {
    this.#parts.association.send(data);
  }

  listen(listener: DtlsListener): void {
    this.#listener = listener;
    for (const data of this.#queue.splice(0)) listener.message(data);
    if (this.#ended) listener.closed(this.#ended);
  }

  close(): void {
    this.#listener = undefined;
    this.#queue = [];
    this.#parts.association.close();
    this.#parts.onClose();
  }

  /** For the owner of the association: the handshake is done. */
  settle(agreement: Agreement): void {
    this.#agreement = agreement;
  }

  /** For the owner of the association: data has come. */
  deliver(data: Uint8Array): void {
    if (this.#listener) this.#listener.message(data);
    else if (this.#queue.length < MAX_QUEUED) this.#queue.push(data.slice());
  }

  /** For the owner of the association: the peer is elsewhere now. */
  move(peer: Address): void {
    this.#peer = peer;
    this.#listener?.moved?.(peer);
  }

  /** For the owner of the association: it is over. */
  end(reason: Error): void {
    this.#ended = reason;
    this.#listener?.closed(reason);
  }
}
