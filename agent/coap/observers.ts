import { Code, isSuccess } from "../wire/coap/code.ts";
import { encodeCoapMessage } from "../wire/coap/codec.ts";
import { OptionNumber, uintOption } from "../wire/coap/options.ts";
import type { Millis, Timer } from "../net/ports.ts";
import { tokenKey, type MessageLayer } from "./message-layer.ts";
import { nextSequence } from "./observe-order.ts";
import { diagnostic } from "./screening.ts";
import type { CoapResponse, ObservationSource } from "./types.ts";

interface Observer {
  readonly token: Uint8Array;
  /** The latest state that has not been sent. */
  pending: CoapResponse | undefined;
  lastSentAt: Millis;
  /** What `pending` waits for: the observation's own time, then the session's pace. */
  waiting: Timer | undefined;
  stop: (() => void) | undefined;
  /** An error is on its way out: what the source says after it no longer counts. */
  closing: boolean;
  over: boolean;
  /** The latest messages that a Reset may refer to. */
  messageIds: number[];
}

const MAX_MESSAGE_IDS = 8;

/**
 * The peer's observations of resources of ours, by token. [RFC 7641 §4.1]
 *
 * Notifications are always NON [RFC 9132 §4.4.2.1] and carry the latest state only: each observation sends at most
 * one a round trip (3 s while none is known), and all of them together keep to the session's pace.
 */
export class Observers {
  readonly #layer: MessageLayer;
  readonly #limit: number;
  readonly #byToken = new Map<string, Observer>();
  /** One for the session: a registration renewed under its token must go on increasing. [RFC 7641 §4.4] */
  #sequence = 0;

  constructor(layer: MessageLayer, limit: number) {
    this.#layer = layer;
    this.#limit = limit;
  }

  get size(): number {
    return this.#byToken.size;
  }

  /** Whether one more observation may be accepted. Renewing one is always possible. */
  hasRoom(token: Uint8Array): boolean {
    return this.#byToken.size < this.#limit || this.#byToken.has(tokenKey(token));
  }

  /** The Observe value of what is sent next. */
  nextSequence(): number {
    this.#sequence = nextSequence(this.#sequence);
    return this.#sequence;
  }

  /** Begins to notify, in place of what the token stood for before. `messageId` is the answer's, if it can be reset. */
  add(token: Uint8Array, source: ObservationSource, messageId: number | undefined): void {
    this.remove(token);
    const observer: Observer = {
      token: token.slice(),
      pending: undefined,
      lastSentAt: this.#layer.clock.now(),
      waiting: undefined,
      stop: undefined,
      closing: false,
      over: false,
      messageIds: messageId === undefined ? [] : [messageId],
    };
    this.#byToken.set(tokenKey(token), observer);
    try {
      observer.stop = source.subscribe((response) => this.#notify(observer, response));
    } catch (error) {
      this.#layer.fault(error);
      this.#notify(observer, diagnostic(Code.InternalServerError, "cannot be observed"));
    }
    if (observer.over) this.#stop(observer); // it ended before it could be told how to stop
  }

  /** Ends the observation of this token, if there is one. [RFC 7641 §4.1] */
  remove(token: Uint8Array): void {
    const observer = this.#byToken.get(tokenKey(token));
    if (observer !== undefined) this.#end(observer);
  }

  /** A Reset to a notification ends its observation. [RFC 7641 §3.6] */
  onReset(messageId: number): void {
    for (const observer of this.#byToken.values()) {
      if (observer.messageIds.includes(messageId)) this.#end(observer);
    }
  }

  close(): void {
    for (const observer of this.#byToken.values()) this.#end(observer);
  }

  #notify(observer: Observer, response: CoapResponse): void {
    if (observer.over || observer.closing) return;
    observer.closing = !isSuccess(response.code);
    const scheduled = observer.pending !== undefined;
    observer.pending = response;
    if (scheduled) return; // it goes in the place of what it replaces
    const dueMs = observer.lastSentAt + this.#layer.paceIntervalMs - this.#layer.clock.now();
    if (dueMs <= 0) this.#enqueue(observer);
    else observer.waiting = this.#layer.clock.after(dueMs, () => this.#enqueue(observer));
  }

  #enqueue(observer: Observer): void {
    observer.waiting = this.#layer.pacer.enqueue(() => this.#flush(observer));
  }

  #flush(observer: Observer): void {
    const { pending } = observer;
    observer.pending = undefined;
    if (pending !== undefined) this.#send(observer, pending);
  }

  #send(observer: Observer, response: CoapResponse): void {
    const messageId = this.#layer.nextMessageId();
    observer.messageIds = [...observer.messageIds, messageId].slice(-MAX_MESSAGE_IDS);
    observer.lastSentAt = this.#layer.clock.now();
    const encoded = this.#encode(observer, response, messageId);
    this.#layer.statistics.notificationsSent += 1;
    this.#layer.sendEncoded(encoded ?? this.#apology(observer, messageId));
    if (encoded === undefined || !isSuccess(response.code)) this.#end(observer);
  }

  /** `undefined` if the notification cannot be sent as it is. */
  #encode(observer: Observer, response: CoapResponse, messageId: number): Uint8Array | undefined {
    const { code, payload } = response;
    const options = response.options.filter(({ number }) => number !== OptionNumber.Observe);
    if (isSuccess(code)) options.push(uintOption(OptionNumber.Observe, this.nextSequence()));
    try {
      const { token } = observer;
      const data = encodeCoapMessage({ type: "non", code, messageId, token, options, payload });
      return data.length <= this.#layer.maxMessage ? data : undefined;
    } catch (error) {
      this.#layer.fault(error);
      return undefined;
    }
  }

  #apology(observer: Observer, messageId: number): Uint8Array {
    const error = diagnostic(Code.InternalServerError, "the notification cannot be sent");
    const { token } = observer;
    return encodeCoapMessage({ ...error, type: "non", messageId, token });
  }

  #end(observer: Observer): void {
    if (observer.over) return;
    observer.over = true;
    observer.waiting?.cancel();
    this.#byToken.delete(tokenKey(observer.token));
    this.#stop(observer);
  }

  /** Unsubscribes, once; the source may still be within `subscribe`. */
  #stop(observer: Observer): void {
    const { stop } = observer;
    observer.stop = undefined;
    try {
      stop?.();
    } catch (error) {
      this.#layer.fault(error);
    }
  }
}
