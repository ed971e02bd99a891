import { Code } from "../wire/coap/code.ts";
import { encodeCoapMessage } from "../wire/coap/codec.ts";
import type { CoapMessage } from "../wire/coap/message.ts";
import { OptionNumber, uintOption } from "../wire/coap/options.ts";
import type { Millis, Timer } from "../net/ports.ts";
import { CoapError } from "./error.ts";
import { ExchangeDriver } from "./exchange-driver.ts";
import { tokenKey, type MessageLayer } from "./message-layer.ts";
import type { Answered, CoapRequest, CoapResponse, RequestOptions } from "./types.ts";

/** What is sent, and who is told. The callbacks are called at most once, one of them, synchronously. */
export interface Outgoing {
  readonly request: CoapRequest;
  readonly options: RequestOptions;
  readonly token: Uint8Array;
  readonly observe: 0 | 1 | undefined;
  /** `sequence` is the answer's Observe value. */
  answered(answered: Answered, sequence: number | undefined): void;
  failed(error: CoapError): void;
}

interface Transmission {
  readonly messageId: number;
  readonly at: Millis;
}

interface Exchange {
  readonly outgoing: Outgoing;
  readonly message: CoapMessage;
  readonly driver: ExchangeDriver;
  readonly deadline: Timer;
  /** The latest transmissions, oldest first. */
  transmissions: Transmission[];
  count: number;
  /** An empty Acknowledgement came: what follows measures the peer's work, not the path. */
  acknowledged: boolean;
}

/** What is remembered of a request that is settled. */
interface Settled {
  /** When it was last sent, where a late answer tells something about the round trip. */
  readonly lastSentAt: Millis | undefined;
  /** The answers that came, so that a copy the network made is not taken for another one. */
  readonly answers: Set<number>;
}

/** How many settled tokens are remembered, so that what still comes for them is no surprise. */
const MAX_RECENT = 64;
/** Message ids a peer may still answer or reset. */
const MAX_TRANSMISSIONS = 16;

/**
 * The requests of ours that wait for an answer.
 *
 * A repetition of a NON keeps the token but takes a fresh message id: a peer that silently drops duplicates
 * [RFC 7252 §4.5] would otherwise never answer once its first answer is lost. Answers are matched by token alone,
 * whatever their type and message id: some servers answer a CON with a NON, or under the request's own id.
 */
export class Requester {
  readonly #layer: MessageLayer;
  readonly #limit: number;
  readonly #byToken = new Map<string, Exchange>();
  readonly #byMessageId = new Map<number, Exchange>();
  readonly #recent = new Map<string, Settled>();

  constructor(layer: MessageLayer, limit: number) {
    this.#layer = layer;
    this.#limit = limit;
  }

  get size(): number {
    return this.#byToken.size;
  }

  get recentSize(): number {
    return this.#recent.size;
  }

  /**
   * Sends a request; only the first transmission of an urgent one or a CON goes at once. [RFC 9132 §4.4]
   * @throws {CoapError} `coap/busy`, `coap/too-large`
   * @throws {WireError} the request cannot be written
   */
  start(outgoing: Outgoing): void {
    const key = tokenKey(outgoing.token);
    if (this.#byToken.size >= this.#limit || this.#byToken.has(key)) {
      throw new CoapError("coap/busy", `${this.#byToken.size} requests are waiting for answers`);
    }
    const message = this.#messageOf(outgoing);
    const exchange: Exchange = {
      outgoing,
      message,
      driver: new ExchangeDriver(this.#layer, {
        send: () => this.#transmit(exchange),
        giveUp: () => this.#fail(exchange, timeout("the request was never acknowledged")),
      }),
      deadline: this.#layer.clock.after(outgoing.options.timeoutMs, () =>
        this.#fail(exchange, timeout("no answer in the time allowed")),
      ),
      transmissions: [],
      count: 0,
      acknowledged: false,
    };
    this.#byToken.set(key, exchange);
    exchange.driver.begin(outgoing.options);
  }

  /** Takes a response, if its token is that of a request that waits. */
  onResponse(
    message: CoapMessage,
    response: CoapResponse,
    sequence: number | undefined,
  ): "taken" | "unknown" {
    const exchange = this.#byToken.get(tokenKey(message.token));
    if (exchange === undefined) return "unknown";
    // A notification that was under way when the observation was cancelled is not the answer to that.
    if (exchange.outgoing.observe === 1 && sequence !== undefined) return "taken";
    const rttMs = this.#roundTrip(exchange, message);
    this.#settle(exchange, message.messageId);
    exchange.outgoing.answered({ response, rttMs, transmissions: exchange.count }, sequence);
    return "taken";
  }

  /**
   * Takes a response to a request that is settled. Another answer than the first shows that a repetition was sent too
   * early: the round trip is at least the time since the last one. Lost datagrams never show like this, so that the
   * estimate follows a path that slows down and not one that loses.
   */
  onLateAnswer(message: CoapMessage): "taken" | "unknown" {
    const settled = this.#recent.get(tokenKey(message.token));
    if (settled === undefined) return "unknown";
    const { lastSentAt, answers } = settled;
    if (lastSentAt === undefined || answers.has(message.messageId)) return "taken";
    if (answers.size >= MAX_TRANSMISSIONS) return "taken"; // more answers than questions
    answers.add(message.messageId);
    this.#layer.heardLowerBound(this.#layer.clock.now() - lastSentAt);
    return "taken";
  }

  /** Expects more answers to a token that is settled: they are late, not strange. */
  remember(token: Uint8Array): void {
    this.#remember(token, { lastSentAt: undefined, answers: new Set() });
  }

  #remember(token: Uint8Array, settled: Settled): void {
    const key = tokenKey(token);
    this.#recent.delete(key); // it moves to the young end
    this.#recent.set(key, settled);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= MAX_RECENT) break;
      this.#recent.delete(oldest);
    }
  }

  /** Ends the request that a refused answer belongs to. */
  refuse(token: Uint8Array, reason: string): void {
    const exchange = this.#byToken.get(tokenKey(token));
    if (exchange !== undefined) this.#fail(exchange, new CoapError("coap/bad-response", reason));
  }

  /** An empty Acknowledgement. [RFC 7252 §5.2.2] */
  onAcknowledgement(messageId: number): void {
    const exchange = this.#byMessageId.get(messageId);
    if (exchange === undefined || exchange.message.type !== "con" || exchange.acknowledged) return;
    const [first] = exchange.transmissions;
    if (exchange.count === 1 && first !== undefined) {
      this.#layer.heardRoundTrip(this.#layer.clock.now() - first.at);
    }
    exchange.acknowledged = true;
    exchange.driver.acknowledged();
  }

  /** A Reset. [RFC 7252 §4.2] */
  onReset(messageId: number): void {
    const exchange = this.#byMessageId.get(messageId);
    if (exchange === undefined) return;
    this.#fail(exchange, new CoapError("coap/reset", "the peer rejected the request"));
  }

  /** Fails all that waits. */
  close(error: CoapError): void {
    for (const exchange of this.#byToken.values()) this.#fail(exchange, error);
    this.#recent.clear();
  }

  #messageOf(outgoing: Outgoing): CoapMessage {
    const { request, options, token, observe } = outgoing;
    const observed = observe === undefined ? [] : [uintOption(OptionNumber.Observe, observe)];
    const message: CoapMessage = {
      type: options.reliability,
      code: Code[request.method],
      messageId: this.#layer.nextMessageId(),
      token,
      options: [...request.options, ...observed],
      payload: request.payload,
    };
    const { length } = encodeCoapMessage(message);
    if (length > this.#layer.maxMessage) {
      const most = this.#layer.maxMessage;
      throw new CoapError("coap/too-large", `${length} octets do not fit a datagram of ${most}`);
    }
    return message;
  }

  #transmit(exchange: Exchange): void {
    const again = exchange.count > 0;
    const confirmable = exchange.message.type === "con";
    const { statistics } = this.#layer;
    if (again && confirmable) statistics.retransmissions += 1;
    if (again && !confirmable) statistics.repetitions += 1;
    const fresh = again && !confirmable;
    const messageId = fresh ? this.#layer.nextMessageId() : exchange.message.messageId;
    exchange.count += 1;
    this.#note(exchange, { messageId, at: this.#layer.clock.now() });
    this.#layer.sendEncoded(encodeCoapMessage({ ...exchange.message, messageId }));
  }

  #note(exchange: Exchange, transmission: Transmission): void {
    exchange.transmissions.push(transmission);
    this.#byMessageId.set(transmission.messageId, exchange);
    if (exchange.transmissions.length <= MAX_TRANSMISSIONS) return;
    this.#forget(exchange, exchange.transmissions.shift());
  }

  #forget(exchange: Exchange, transmission: Transmission | undefined): void {
    if (transmission === undefined) return;
    const { messageId } = transmission;
    if (this.#byMessageId.get(messageId) === exchange) this.#byMessageId.delete(messageId);
  }

  /**
   * Measures the round trip where it is plain which transmission was answered [RFC 6298 §3]; otherwise guesses the
   * latest one that is old enough, and leaves the estimate alone.
   */
  #roundTrip(exchange: Exchange, message: CoapMessage): Millis {
    const now = this.#layer.clock.now();
    const { transmissions, count, acknowledged } = exchange;
    const echoed = transmissions.find((t) => t.messageId === message.messageId);
    const answered =
      count === 1 ? transmissions[0] : exchange.message.type === "non" ? echoed : undefined;
    if (answered !== undefined) {
      if (!acknowledged) this.#layer.heardRoundTrip(now - answered.at);
      return now - answered.at;
    }
    const least = (this.#layer.rttMs ?? 0) / 2;
    const guess = transmissions.findLast((t) => now - t.at >= least) ?? transmissions[0];
    return guess === undefined ? 0 : now - guess.at;
  }

  #fail(exchange: Exchange, error: CoapError): void {
    this.#settle(exchange);
    exchange.outgoing.failed(error);
  }

  #settle(exchange: Exchange, answer?: number): void {
    exchange.driver.end();
    exchange.deadline.cancel();
    for (const transmission of exchange.transmissions) this.#forget(exchange, transmission);
    const { token, observe } = exchange.outgoing;
    this.#byToken.delete(tokenKey(token));
    const telling = observe === undefined && exchange.message.type === "non";
    this.#remember(token, {
      lastSentAt: telling ? exchange.transmissions.at(-1)?.at : undefined,
      answers: new Set(answer === undefined ? [] : [answer]),
    });
  }
}

function timeout(what: string): CoapError {
  return new CoapError("coap/timeout", what);
}
