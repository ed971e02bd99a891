import type { Answer, Answered, CoapRequest, RequestOptions } from "../../coap/types.ts";
import type { Clock, Millis, Random, Timer } from "../../net/ports.ts";
import { answerHeartbeat } from "./heartbeat-answer.ts";
import {
  initialHeartbeat,
  peerHbStatus,
  step,
  type HeartbeatConfig,
  type HeartbeatCounters,
  type HeartbeatEffect,
  type HeartbeatInput,
  type HeartbeatState,
  type Verdict,
} from "./heartbeat.ts";
import { heartbeatRequest } from "./requests.ts";

/** What the driver needs of a CoAP session. */
export interface HeartbeatSession {
  request(request: CoapRequest, options: RequestOptions): Promise<Answered>;
  /** When anything valid was last heard from the peer, by the clock's monotonic time. */
  readonly lastHeardAt: Millis;
}

/** A heartbeat of ours that was answered or missed. */
export interface BeatOutcome {
  /** When it was sent, by the clock's monotonic time. */
  readonly at: Millis;
  /** Null: there was no answer. */
  readonly rttMs: Millis | null;
}

export interface HeartbeatOptions {
  readonly config: HeartbeatConfig;
  /** `server`: its own heartbeat follows a client's at once. [RFC 9132 §4.7] */
  readonly role: "client" | "server";
  /** The judgement of the peer changed. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** A heartbeat of ours was answered or missed; counters and verdict know of it already. */
  readonly onBeat?: (outcome: BeatOutcome) => void;
}

/** Joins the heartbeat machine to a clock and a CoAP session, for one end. [RFC 9132 §4.7] */
export class HeartbeatDriver {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #session: HeartbeatSession;
  readonly #onVerdict: (verdict: Verdict) => void;
  readonly #onBeat: (outcome: BeatOutcome) => void;
  #state: HeartbeatState;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    session: HeartbeatSession,
    options: HeartbeatOptions,
  ) {
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#session = session;
    this.#onVerdict = options.onVerdict ?? (() => undefined);
    this.#onBeat = options.onBeat ?? (() => undefined);
    this.#state = initialHeartbeat(options.config, options.role === "server");
  }

  /** Begins to beat. Does nothing when it beats already, or was stopped. */
  start(): void {
    if (this.#stopped) return;
    this.#apply({ tag: "start", at: this.#clock.now(), jitter: this.#random.fraction() });
  }

  /** Ends the heartbeat for good; heartbeats that are out are not waited for. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#apply({ tag: "stop" });
  }

  /** Changes interval and allowance, from the next heartbeat on. */
  configure(config: HeartbeatConfig): void {
    this.#apply({ tag: "configure", config });
  }

  /**
   * Sends one heartbeat now and waits for its answer, for one interval at the longest or `timeoutMs`.
   * @throws {CoapError} no answer, or the session is gone.
   */
  beat(timeoutMs?: Millis): Promise<Answered> {
    const at = this.#clock.now();
    const status = peerHbStatus(this.#state, at);
    this.#step({ tag: "beat", at }); // its `send` is carried out here, so that the answer can be handed out
    return this.#transmit(status, timeoutMs ?? this.#state.config.intervalMs);
  }

  /** Answers a request to the heartbeat resource, and takes note of the peer's heartbeat. */
  answer(request: CoapRequest): Answer {
    const reply = answerHeartbeat(request);
    if (reply.peerHbStatus !== undefined) {
      const { peerHbStatus: status } = reply;
      // Not before the answer is on its way: a peer may take ours for lost when our own comes first.
      const note = { tag: "peer-heartbeat", at: this.#clock.now(), peerHbStatus: status } as const;
      this.#clock.after(0, () => this.#note(note));
    }
    return reply.answer;
  }

  /** The counters; `lastAt` in milliseconds since the Unix epoch. */
  get counters(): HeartbeatCounters {
    const { counters } = this.#state;
    if (counters.lastAt === undefined) return counters;
    const lastAt = this.#clock.wallTime() - (this.#clock.now() - counters.lastAt);
    return { ...counters, lastAt };
  }

  get verdict(): Verdict {
    return this.#state.verdict;
  }

  /** Heartbeats of ours in a row that got no answer, up to now. */
  get missedInARow(): number {
    return this.#state.missedInARow;
  }

  /** Whether the peer said that our heartbeats reach it; nothing before it said so. */
  get peerHearsUs(): boolean | undefined {
    return this.#state.peerHearsUs;
  }

  #apply(input: HeartbeatInput): void {
    for (const effect of this.#step(input)) this.#carryOut(effect);
  }

  #step(input: HeartbeatInput): readonly HeartbeatEffect[] {
    const [state, effects] = step(this.#state, input);
    this.#state = state;
    return effects;
  }

  #carryOut(effect: HeartbeatEffect): void {
    switch (effect.tag) {
      case "send":
        // A heartbeat without an answer is counted by the machine; there is nobody else to tell.
        this.#transmit(effect.peerHbStatus, this.#state.config.intervalMs).catch(() => undefined);
        return;
      case "arm":
        this.#timer?.cancel();
        this.#timer = this.#clock.after(effect.delayMs, () =>
          this.#apply({ tag: "due", at: this.#clock.now() }),
        );
        return;
      case "disarm":
        this.#timer?.cancel();
        this.#timer = undefined;
        return;
      case "verdict":
        this.#onVerdict(effect.verdict);
        return;
      default:
        effect satisfies never;
    }
  }

  async #transmit(status: boolean, timeoutMs: Millis): Promise<Answered> {
    // Never behind other requests: late, it would pass for a missed one at the peer.
    const options = { reliability: "non", once: true, urgent: true, timeoutMs } as const;
    const at = this.#clock.now();
    try {
      const answered = await this.#session.request(heartbeatRequest(status), options);
      this.#note({ tag: "answered", at: this.#clock.now() });
      this.#tell({ at, rttMs: answered.rttMs });
      return answered;
    } catch (error) {
      const { lastHeardAt } = this.#session;
      this.#note({ tag: "unanswered", at: this.#clock.now(), lastHeardAt });
      this.#tell({ at, rttMs: null });
      throw error;
    }
  }

  /** Nothing is counted after the end: the session's own end fails what is still out. */
  #note(input: HeartbeatInput): void {
    if (!this.#stopped) this.#apply(input);
  }

  #tell(outcome: BeatOutcome): void {
    if (!this.#stopped) this.#onBeat(outcome);
  }
}
