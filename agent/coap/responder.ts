import { Code, isResponseCode, isSuccess } from "../wire/coap/code.ts";
import { encodeCoapMessage } from "../wire/coap/codec.ts";
import type { CoapMessage } from "../wire/coap/message.ts";
import { OptionNumber, uintOption } from "../wire/coap/options.ts";
import type { Millis, Timer } from "../net/ports.ts";
import { DedupCache, type Remembered } from "./dedup-cache.ts";
import { ExchangeDriver } from "./exchange-driver.ts";
import type { MessageLayer } from "./message-layer.ts";
import type { Observers } from "./observers.ts";
import { exchangeLifetimeMs, nonLifetimeMs } from "./parameters.ts";
import { diagnostic, overloaded, screenRequest } from "./screening.ts";
import type { Answer, IncomingRequest, RequestHandler } from "./types.ts";

/** How much a responder holds, and which options its handler is ready for. */
export interface ResponderLimits {
  readonly maxServed: number;
  readonly maxDeduplicated: number;
  readonly understood: ReadonlySet<number>;
}

/** A request whose answer is being made. */
interface Served {
  readonly message: CoapMessage;
  readonly remembered: Remembered;
  /** Its GET asked to observe. [RFC 7641 §4.1] */
  readonly registers: boolean;
  /** Until the empty Acknowledgement is due. */
  timer: Timer | undefined;
  /** The empty Acknowledgement has gone: the answer travels in a message of its own. [RFC 7252 §5.2.2] */
  separate: boolean;
}

/** An answer longer in the making than this is preceded by an empty Acknowledgement. [RFC 7252 §5.2.2] */
const PROCESSING_DELAY_MS: Millis = 1000;
const RETRY_AFTER_SECONDS = 5;

/**
 * The requests of the peer: deduplicated, screened, handed to the handler, answered.
 *
 * A duplicate is answered with the same octets as the first time, NON as well as CON: some clients repeat a NON under
 * its own message id until it is answered. [RFC 7252 §4.5] allows that, and §4.2 demands it for CON.
 */
export class Responder {
  readonly #layer: MessageLayer;
  readonly #observers: Observers;
  readonly #serve: RequestHandler;
  readonly #limits: ResponderLimits;
  readonly #cache: DedupCache;
  readonly #serving = new Set<Served>();
  /** CON answers that are not acknowledged yet, by message id. */
  readonly #unacknowledged = new Map<number, ExchangeDriver>();

  constructor(
    layer: MessageLayer,
    observers: Observers,
    serve: RequestHandler,
    limits: ResponderLimits,
  ) {
    this.#layer = layer;
    this.#observers = observers;
    this.#serve = serve;
    this.#limits = limits;
    this.#cache = new DedupCache(limits.maxDeduplicated);
  }

  get size(): number {
    return this.#serving.size + this.#unacknowledged.size;
  }

  get deduplicated(): number {
    return this.#cache.size;
  }

  /** Takes a request. */
  onRequest(message: CoapMessage): void {
    const known = this.#cache.find(message, this.#layer.clock.now());
    if (known !== undefined) {
      this.#layer.statistics.duplicates += 1;
      if (known.reply !== undefined) this.#layer.sendEncoded(known.reply);
      return;
    }
    const screened = screenRequest(message, this.#limits.understood);
    if (screened.tag === "reject") {
      this.#layer.statistics.rejected += 1;
      this.#layer.reset(message.messageId);
    } else if (this.size >= this.#limits.maxServed) {
      this.#refuse(message);
    } else if (screened.tag === "answer") {
      this.#finish(this.#admit(message, false), screened.answer);
    } else {
      this.#handle(message, screened.request);
    }
  }

  /** An empty Acknowledgement of an answer of ours. */
  onAcknowledgement(messageId: number): void {
    this.#unacknowledged.get(messageId)?.end();
    this.#unacknowledged.delete(messageId);
  }

  /** A Reset in place of it. */
  onReset(messageId: number): void {
    this.onAcknowledgement(messageId);
  }

  /** What is still being made is thrown away when it is ready. */
  close(): void {
    for (const served of this.#serving) served.timer?.cancel();
    for (const driver of this.#unacknowledged.values()) driver.end();
    this.#serving.clear();
    this.#unacknowledged.clear();
    this.#cache.clear();
  }

  #handle(message: CoapMessage, request: IncomingRequest): void {
    // Any other GET under the token of an observation ends it. [RFC 7641 §4.1]
    if (request.method === "GET" && request.observe !== 0) this.#observers.remove(message.token);
    const served = this.#admit(message, request.observe === 0);
    let answer: ReturnType<RequestHandler>;
    try {
      answer = this.#serve(request);
    } catch (error) {
      this.#broken(served, error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.#finish(served, answer);
      return;
    }
    this.#awaitAcknowledging(served);
    answer.then(
      (ready) => this.#finish(served, ready),
      (error: unknown) => this.#broken(served, error),
    );
  }

  #admit(message: CoapMessage, registers: boolean): Served {
    const { parameters, clock } = this.#layer;
    const lifetimeMs =
      message.type === "con" ? exchangeLifetimeMs(parameters) : nonLifetimeMs(parameters);
    const remembered = this.#cache.add(message, clock.now() + lifetimeMs);
    const served = { message, remembered, registers, timer: undefined, separate: false };
    this.#serving.add(served);
    return served;
  }

  #awaitAcknowledging(served: Served): void {
    if (served.message.type !== "con") return;
    const ms = Math.min(PROCESSING_DELAY_MS, this.#layer.parameters.ackTimeoutMs / 2);
    served.timer = this.#layer.clock.after(ms, () => {
      served.separate = true;
      served.remembered.reply = this.#layer.acknowledge(served.message.messageId);
    });
  }

  #broken(served: Served, error: unknown): void {
    this.#layer.fault(error);
    this.#finish(served, diagnostic(Code.InternalServerError, "the request could not be served"));
  }

  #finish(served: Served, answer: Answer | "ignored"): void {
    if (!this.#serving.delete(served)) return; // the session has been closed
    served.timer?.cancel();
    if (answer !== "ignored") {
      this.#answer(served, answer);
    } else if (served.message.type === "con" && !served.separate) {
      served.remembered.reply = this.#layer.acknowledge(served.message.messageId);
    }
  }

  #answer(served: Served, answer: Answer): void {
    const { message } = served;
    const piggybacked = message.type === "con" && !served.separate;
    const messageId = piggybacked ? message.messageId : this.#layer.nextMessageId();
    const type = piggybacked ? "ack" : message.type;
    const source = this.#observable(served, answer);
    const sequence = source === undefined ? undefined : this.#observers.nextSequence();
    const shell = { type, messageId, token: message.token } as const;
    const encoded = this.#encode(shell, answer, sequence);
    const data = encoded ?? encodeCoapMessage({ ...shell, ...unsendable() });
    if (type === "con") this.#sendConfirmable(messageId, data);
    else {
      served.remembered.reply = data;
      this.#layer.sendEncoded(data);
    }
    if (source !== undefined && encoded !== undefined) {
      this.#observers.add(message.token, source, piggybacked ? undefined : messageId);
    } else if (served.registers) {
      this.#observers.remove(message.token); // the answer has no Observe option: it is over for the peer too
    }
  }

  #observable(served: Served, answer: Answer): Answer["observation"] {
    const wanted = served.registers && isSuccess(answer.code);
    return wanted && this.#observers.hasRoom(served.message.token) ? answer.observation : undefined;
  }

  /** `undefined` if the answer is none, or does not fit a datagram. */
  #encode(
    shell: Pick<CoapMessage, "type" | "messageId" | "token">,
    answer: Answer,
    sequence: number | undefined,
  ): Uint8Array | undefined {
    const { code, payload } = answer;
    try {
      const options = answer.options.filter(({ number }) => number !== OptionNumber.Observe);
      if (sequence !== undefined) options.push(uintOption(OptionNumber.Observe, sequence));
      const data = encodeCoapMessage({ ...shell, code, options, payload });
      if (isResponseCode(code) && data.length <= this.#layer.maxMessage) return data;
      throw new RangeError(`an answer of code ${code} and ${data.length} octets cannot be sent`);
    } catch (error) {
      this.#layer.fault(error);
      return undefined;
    }
  }

  #sendConfirmable(messageId: number, data: Uint8Array): void {
    let sent = false;
    const driver = new ExchangeDriver(this.#layer, {
      send: () => {
        if (sent) this.#layer.statistics.retransmissions += 1;
        sent = true;
        this.#layer.sendEncoded(data);
      },
      giveUp: () => void this.#unacknowledged.delete(messageId),
    });
    this.#unacknowledged.set(messageId, driver);
    driver.begin({ reliability: "con" });
  }

  /** Not remembered, so that a repetition may be served when there is time again. */
  #refuse(message: CoapMessage): void {
    this.#layer.statistics.overloaded += 1;
    const piggybacked = message.type === "con";
    const messageId = piggybacked ? message.messageId : this.#layer.nextMessageId();
    const shell = { type: piggybacked ? "ack" : "non", messageId, token: message.token } as const;
    this.#layer.sendEncoded(encodeCoapMessage({ ...shell, ...overloaded(RETRY_AFTER_SECONDS) }));
  }
}

function unsendable(): Answer {
  return diagnostic(Code.InternalServerError, "the answer cannot be sent");
}
