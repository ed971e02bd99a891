import { WireError } from "../wire/bytes.ts";
import { Code, isRequestCode, isSuccess } from "../wire/coap/code.ts";
import { decodeCoapMessage, peekCoapHeader } from "../wire/coap/codec.ts";
import type { CoapMessage } from "../wire/coap/message.ts";
import type { Clock, Millis, Random } from "../net/ports.ts";
import { CoapError } from "./error.ts";
import { MessageLayer, type CoapStatistics } from "./message-layer.ts";
import { Observations, type OnNotification } from "./observations.ts";
import { Observers } from "./observers.ts";
import { checkedParameters, DEFAULT_PARAMETERS } from "./parameters.ts";
import { Requester } from "./requester.ts";
import { Responder } from "./responder.ts";
import { diagnostic, screenResponse, UNDERSTOOD_OPTIONS } from "./screening.ts";
import type { CoapTransport } from "./transport.ts";
import type {
  Answered,
  CoapRequest,
  RequestHandler,
  RequestOptions,
  TransmissionParameters,
} from "./types.ts";

/** What a session is made with; the limits bound the memory that the peer can make it use. */
export interface CoapSessionOptions {
  /** [RFC 9132 §4.5.2]'s defaults unless told. */
  readonly parameters?: TransmissionParameters;
  /** Serves the peer's requests; without it they are answered 4.04. It need not catch: what it throws becomes 5.00. */
  readonly serve?: RequestHandler;
  /** The path below is gone. Not called for `close`. */
  readonly onClosed?: (reason: Error) => void;
  /** A callback threw, or an answer could not be sent: for the log. */
  readonly onFault?: (error: unknown) => void;
  /** Options that `serve` and the readers of responses are ready for: `UNDERSTOOD_OPTIONS` unless told. */
  readonly understood?: ReadonlySet<number>;
  /** Requests of ours that may wait for an answer at once: 32. */
  readonly maxOutstanding?: number;
  /** Requests of the peer that may be under way at once: 32. More are answered 5.03. */
  readonly maxServed?: number;
  /** Requests of the peer that are remembered, with their answers: 64. */
  readonly maxDeduplicated?: number;
  /** Observations by the peer: 32. */
  readonly maxObservers?: number;
  /** Observations of ours, with those being registered: 32. */
  readonly maxObservations?: number;
}

/** An observation of ours. */
export interface Observation {
  /** The answer to the registration. */
  readonly first: Answered;
  /** Whether the peer accepted the registration; if not, no notification will come. [RFC 7641 §3.1] */
  readonly established: boolean;
  /**
   * Deregisters: no notification is delivered after the call. [RFC 7641 §3.6] Resolves when the peer has confirmed
   * it, or could not be reached in the registration's time; it then learns from a Reset to its next notification.
   */
  cancel(): Promise<void>;
}

/** How many things a session holds at the moment. */
export interface Held {
  readonly outstanding: number;
  readonly recentTokens: number;
  readonly served: number;
  readonly deduplicated: number;
  readonly observers: number;
  readonly observations: number;
}

/**
 * CoAP with one peer, in both roles, over one transport. [RFC 7252 §4] [RFC 7252 §5] [RFC 7641 §3] [RFC 7641 §4]
 *
 * Requests that reached the transport before the session was made are served within the constructor.
 */
export class CoapSession {
  readonly #layer: MessageLayer;
  readonly #transport: CoapTransport;
  readonly #options: CoapSessionOptions;
  readonly #understood: ReadonlySet<number>;
  readonly #requester: Requester;
  readonly #responder: Responder;
  readonly #observers: Observers;
  readonly #observations: Observations;
  #lastHeardAt: Millis;
  #closed: CoapError | undefined;

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    transport: CoapTransport,
    options: CoapSessionOptions = {},
  ) {
    const parameters = checkedParameters(options.parameters ?? DEFAULT_PARAMETERS);
    this.#layer = new MessageLayer(deps, transport, parameters, options.onFault);
    this.#transport = transport;
    this.#options = options;
    this.#understood = options.understood ?? UNDERSTOOD_OPTIONS;
    this.#requester = new Requester(this.#layer, options.maxOutstanding ?? 32);
    this.#observers = new Observers(this.#layer, options.maxObservers ?? 32);
    this.#observations = new Observations(deps.clock, options.maxObservations ?? 32);
    this.#responder = new Responder(this.#layer, this.#observers, options.serve ?? nothingHere, {
      maxServed: options.maxServed ?? 32,
      maxDeduplicated: options.maxDeduplicated ?? 64,
      understood: this.#understood,
    });
    this.#lastHeardAt = deps.clock.now();
    transport.listen({
      message: (data) => this.#onDatagram(data),
      closed: (reason) => this.#onClosed(reason),
    });
  }

  /** The smoothed round trip, if one has been measured. */
  get rttMs(): Millis | undefined {
    return this.#layer.rttMs;
  }

  /** When the last well-formed message came from the peer, on the session's clock; at first, when it was made. */
  get lastHeardAt(): Millis {
    return this.#lastHeardAt;
  }

  get statistics(): Readonly<CoapStatistics> {
    return this.#layer.statistics;
  }

  get held(): Held {
    return {
      outstanding: this.#requester.size,
      recentTokens: this.#requester.recentSize,
      served: this.#responder.size,
      deduplicated: this.#responder.deduplicated,
      observers: this.#observers.size,
      observations: this.#observations.size,
    };
  }

  /**
   * Sends a request and waits for its answer, whatever its code.
   * Rejects with CoapError, or with WireError if the request cannot be written.
   */
  request(request: CoapRequest, options: RequestOptions): Promise<Answered> {
    return this.#request(request, options, this.#newToken(), undefined, () => {});
  }

  /**
   * Registers for a resource and hands over what follows, freshest only. [RFC 7641 §3]
   * The registration's own answer is `first`; a notification may be delivered before the promise has resolved.
   * Rejects as `request` does.
   */
  async observe(
    request: CoapRequest,
    options: RequestOptions,
    onNotification: OnNotification,
  ): Promise<Observation> {
    const token = this.#newToken();
    this.#observations.reserve(token); // before the answer: others may be asked for meanwhile
    let established = false;
    try {
      const first = await this.#request(request, options, token, 0, (answered, sequence) => {
        established = sequence !== undefined && isSuccess(answered.response.code);
        if (established) this.#observations.add(token, sequence ?? 0, onNotification);
      });
      return { first, established, cancel: () => this.#cancel(request, options, token) };
    } finally {
      this.#observations.release(token);
    }
  }

  /** Other transmission parameters, for what is sent from now on. @throws {RangeError} */
  setParameters(parameters: TransmissionParameters): void {
    this.#layer.parameters = checkedParameters(parameters);
  }

  /** Ends the session and the transport below it; what waits fails with `coap/closed`. Idempotent. */
  close(): void {
    if (this.#closed !== undefined) return;
    this.#release(new CoapError("coap/closed", "the session was closed"));
    this.#transport.close();
  }

  #newToken(): Uint8Array {
    return this.#layer.random.bytes(8);
  }

  #request(
    request: CoapRequest,
    options: RequestOptions,
    token: Uint8Array,
    observe: 0 | 1 | undefined,
    settled: (answered: Answered, sequence: number | undefined) => void,
  ): Promise<Answered> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#requester.start({
        request,
        options,
        token,
        observe,
        answered: (answered, sequence) => {
          settled(answered, sequence); // at once: the next datagram may be a notification
          resolve(answered);
        },
        failed: reject,
      });
    });
  }

  async #cancel(request: CoapRequest, options: RequestOptions, token: Uint8Array): Promise<void> {
    if (!this.#observations.remove(token) || this.#closed !== undefined) return;
    try {
      await this.#request(request, options, token, 1, () => {});
    } catch (error) {
      // The peer will learn it otherwise; nothing is left that the caller could do.
      if (!(error instanceof CoapError)) throw error;
    }
  }

  #onDatagram(data: Uint8Array): void {
    if (this.#closed !== undefined) return;
    this.#layer.statistics.received += 1;
    let message: CoapMessage;
    try {
      message = decodeCoapMessage(data);
    } catch (error) {
      this.#onMalformed(data, error);
      return;
    }
    this.#lastHeardAt = this.#layer.clock.now();
    if (message.code === Code.Empty) this.#onEmpty(message);
    else if (isRequestCode(message.code)) this.#responder.onRequest(message);
    else this.#onResponse(message);
  }

  /** A CON whose header can be read is rejected, all else dropped. [RFC 7252 §4.2] [RFC 7252 §4.3] */
  #onMalformed(data: Uint8Array, error: unknown): void {
    this.#layer.statistics.malformed += 1;
    if (!(error instanceof WireError)) this.#layer.fault(error);
    const header = peekCoapHeader(data);
    if (header?.type === "con") this.#layer.reset(header.messageId);
  }

  #onEmpty(message: CoapMessage): void {
    const { type, messageId } = message;
    if (type === "con") {
      this.#layer.reset(messageId); // a ping [RFC 7252 §4.3]
    } else if (type === "ack") {
      this.#requester.onAcknowledgement(messageId);
      this.#responder.onAcknowledgement(messageId);
    } else {
      this.#layer.statistics.resetsReceived += 1;
      this.#requester.onReset(messageId);
      this.#responder.onReset(messageId);
      this.#observers.onReset(messageId);
    }
  }

  #onResponse(message: CoapMessage): void {
    const screened = screenResponse(message, this.#understood);
    if (screened.tag === "bad") {
      this.#layer.statistics.rejected += 1;
      this.#requester.refuse(message.token, screened.reason);
      if (message.type !== "ack") this.#layer.reset(message.messageId);
      return;
    }
    const { response, sequence } = screened;
    if (this.#requester.onResponse(message, response, sequence) === "taken") {
      this.#acknowledge(message);
      return;
    }
    const delivery = this.#observations.onResponse(message.token, response, sequence);
    if (delivery.tag === "unknown") {
      this.#onUnexpected(message, sequence);
      return;
    }
    this.#acknowledge(message);
    if (delivery.tag === "stale") {
      this.#layer.statistics.staleNotifications += 1;
      return;
    }
    if (delivery.final) this.#requester.remember(message.token);
    this.#guarded(() => delivery.to(response, { final: delivery.final }));
  }

  /**
   * A notification that nobody waits for is reset, so that the server forgets its observer [RFC 7641 §3.6]; so is a
   * CON whose token was never ours [RFC 7252 §4.2]. A second answer to a request settled lately is no surprise.
   */
  #onUnexpected(message: CoapMessage, sequence: number | undefined): void {
    const { statistics } = this.#layer;
    if (sequence === undefined && this.#requester.onLateAnswer(message) === "taken") {
      statistics.lateAnswers += 1;
      this.#acknowledge(message);
      return;
    }
    statistics.unexpected += 1;
    const notification = sequence !== undefined && message.type === "non";
    if (message.type === "con" || notification) this.#layer.reset(message.messageId);
  }

  #acknowledge(message: CoapMessage): void {
    if (message.type === "con") this.#layer.acknowledge(message.messageId);
  }

  #onClosed(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#release(new CoapError("coap/closed", "the path to the peer is gone", { cause: reason }));
    this.#guarded(() => this.#options.onClosed?.(reason));
  }

  #release(error: CoapError): void {
    this.#closed = error;
    this.#requester.close(error);
    this.#responder.close();
    this.#observers.close();
    this.#observations.clear();
  }

  #guarded(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#layer.fault(error);
    }
  }
}

function nothingHere(): ReturnType<RequestHandler> {
  return diagnostic(Code.NotFound, "nothing is served here");
}
