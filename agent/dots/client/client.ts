import { WireError } from "../../wire/bytes.ts";
import type { EnumName } from "../../wire/cbor/dots-schema.ts";
import type { MitigationScope } from "../../wire/cbor/types.ts";
import { Code } from "../../wire/coap/code.ts";
import { OptionNumber, uriPath } from "../../wire/coap/options.ts";
import { diagnostic, UNDERSTOOD_OPTIONS } from "../../coap/screening.ts";
import { CoapSession } from "../../coap/session.ts";
import type { CoapTransport } from "../../coap/transport.ts";
import type {
  Answer,
  Answered,
  CoapRequest,
  CoapResponse,
  TransmissionParameters,
} from "../../coap/types.ts";
import type { Clock, Millis, Random } from "../../net/ports.ts";
import {
  HeartbeatDriver,
  type BeatOutcome,
  type HeartbeatSession,
} from "../signal/heartbeat-driver.ts";
import {
  DEFAULT_HEARTBEAT,
  type HeartbeatConfig,
  type HeartbeatCounters,
  type Verdict,
} from "../signal/heartbeat.ts";
import { parseDotsPath } from "../signal/paths.ts";
import {
  efficacyRequest,
  mitigationRequest,
  mitigationsRequest,
  withdrawRequest,
  type MitigationSelection,
} from "../signal/requests.ts";
import { wholeAnswer } from "./blockwise.ts";
import { NotificationQueue, type Observer } from "./notification-queue.ts";
import { signalResultOf, type SignalResult } from "./signal-result.ts";
import { validateMid, validateScope } from "./validate-scope.ts";

/** How a client behaves towards one server. */
export interface DotsClientOptions {
  /** See `signal/cuid.ts`. */
  readonly cuid: string;
  /** How it beats; `false`: it only answers the server's heartbeats. The recommended values unless told. */
  readonly heartbeat?: HeartbeatConfig | false;
  /** How long a request waits for its answer, unless told at the request. */
  readonly timeoutMs?: Millis;
  readonly parameters?: TransmissionParameters;
  /** The judgement of the server, by its heartbeats, changed. */
  readonly onVerdict?: (verdict: Verdict) => void;
  /** A heartbeat of ours was answered or missed. */
  readonly onBeat?: (outcome: BeatOutcome) => void;
  /** The session is gone; what waits for an answer fails on its own. */
  readonly onClosed?: (reason: Error) => void;
}

/** Options of one request. */
export interface AskOptions {
  readonly timeoutMs?: Millis;
}

/** What a GET selects among the client's own mitigations. */
export type Selection = Omit<MitigationSelection, "cuid">;

/** A running observation. */
export interface Observation {
  readonly first: SignalResult;
  /** Whether the server will tell of changes. [RFC 7641 §3.1] */
  readonly established: boolean;
  /** Deregisters. [RFC 7641 §3.6] */
  cancel(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/** Answers may come in blocks. [RFC 9132 §4.4.2] */
const UNDERSTOOD: ReadonlySet<number> = new Set([...UNDERSTOOD_OPTIONS, OptionNumber.Block2]);

/**
 * A DOTS client on one session with one server. [RFC 9132 §4.4]
 * Requests reject with `DotsError` before anything is sent when they break the rules or when the answer cannot be
 * read, and with `CoapError` when there is no answer. A refusal by the server is a result.
 */
export class DotsClient {
  readonly cuid: string;
  readonly #clock: Clock;
  readonly #session: CoapSession;
  readonly #heartbeat: HeartbeatDriver;
  readonly #timeoutMs: Millis;

  constructor(
    deps: { readonly clock: Clock; readonly random: Random },
    transport: CoapTransport,
    options: DotsClientOptions,
  ) {
    this.cuid = options.cuid;
    this.#clock = deps.clock;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    // Before the session: what the server has sent already is served within the session's constructor.
    this.#heartbeat = new HeartbeatDriver(deps, this.#heartbeatSession(), {
      config:
        options.heartbeat === false ? DEFAULT_HEARTBEAT : (options.heartbeat ?? DEFAULT_HEARTBEAT),
      role: "client",
      ...(options.onVerdict === undefined ? {} : { onVerdict: options.onVerdict }),
      ...(options.onBeat === undefined ? {} : { onBeat: options.onBeat }),
    });
    this.#session = new CoapSession(deps, transport, {
      ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
      understood: UNDERSTOOD,
      serve: (request) => this.#serve(request),
      onClosed: (reason) => {
        this.#heartbeat.stop();
        options.onClosed?.(reason);
      },
    });
    if (options.heartbeat !== false) this.#heartbeat.start();
  }

  /** Asks for a mitigation, or refreshes it: the same mid and the same scope, `lifetime` apart. [RFC 9132 §4.4.1] */
  async requestMitigation(
    mid: number,
    scope: MitigationScope,
    options: AskOptions = {},
  ): Promise<SignalResult> {
    validateMid(mid);
    validateScope(scope);
    return this.#askNow(mitigationRequest({ cuid: this.cuid, mid }, scope), options);
  }

  /**
   * Tells the server how well a mitigation works; also refreshes it. `scope` is the one that was asked for. A
   * server that does not know the mitigation does not answer: `coap/timeout`. [RFC 9132 §4.4.3]
   */
  async efficacy(
    mid: number,
    scope: MitigationScope,
    status: EnumName<"attack-status">,
    options: AskOptions = {},
  ): Promise<SignalResult> {
    validateMid(mid);
    validateScope(scope);
    const told = { ...scope, "attack-status": status };
    return this.#ask(efficacyRequest({ cuid: this.cuid, mid }, told), options);
  }

  /** One mitigation, or all of this client's. [RFC 9132 §4.4.2] */
  async getMitigations(selection: Selection = {}, options: AskOptions = {}): Promise<SignalResult> {
    return this.#ask(this.#selectionRequest(selection), options);
  }

  /** As `getMitigations`, and the server tells of every change until `cancel`. [RFC 9132 §4.4.2.1] */
  async observe(
    selection: Selection,
    observer: Observer,
    options: AskOptions = {},
  ): Promise<Observation> {
    const request = this.#selectionRequest(selection);
    const queue = new NotificationQueue(
      (response) => this.#notify(request, response, options),
      observer,
    );
    const observation = await this.#session.observe(
      request,
      this.#requestOptions(options),
      (response, { final }) => queue.push(response, final),
    );
    const { established } = observation;
    const cancel = (): Promise<void> => observation.cancel();
    try {
      const first = await this.#resultOf(request, observation.first, options);
      this.#clock.after(0, () => queue.release()); // after whoever waits for this has it
      return { first, established, cancel };
    } catch (error) {
      await cancel();
      throw error;
    }
  }

  /** Withdraws a mitigation; 2.02 also when the server knows of none. [RFC 9132 §4.4.4] */
  async withdraw(mid: number, options: AskOptions = {}): Promise<SignalResult> {
    validateMid(mid);
    return this.#askNow(withdrawRequest({ cuid: this.cuid, mid }), options);
  }

  /** Sends one heartbeat now, once, and waits for its answer. [RFC 9132 §4.7] */
  async heartbeat(options: AskOptions = {}): Promise<SignalResult> {
    return signalResultOf(await this.#heartbeat.beat(options.timeoutMs ?? this.#timeoutMs));
  }

  /** What the heartbeats of both ends came to; `lastAt` in milliseconds since the Unix epoch. */
  get heartbeats(): HeartbeatCounters {
    return this.#heartbeat.counters;
  }

  get verdict(): Verdict {
    return this.#heartbeat.verdict;
  }

  /** Heartbeats of ours in a row that got no answer, up to now. */
  get missedInARow(): number {
    return this.#heartbeat.missedInARow;
  }

  /** The smoothed round trip, once there is one. */
  get rttMs(): Millis | undefined {
    return this.#session.rttMs;
  }

  /** Ends the session. What waits for an answer fails with `coap/closed`. Idempotent. */
  close(): void {
    this.#heartbeat.stop();
    this.#session.close();
  }

  /** The session, by way of `this`: there is none yet when the driver is made. */
  #heartbeatSession(): HeartbeatSession {
    const session = (): CoapSession => this.#session;
    return {
      request: (request, options) => session().request(request, options),
      get lastHeardAt() {
        return session().lastHeardAt;
      },
    };
  }

  #selectionRequest(selection: Selection): CoapRequest {
    if (selection.mid !== undefined) validateMid(selection.mid);
    return mitigationsRequest({ ...selection, cuid: this.cuid });
  }

  /** A notification took no request; its round trip is the session's. */
  #notify(
    request: CoapRequest,
    response: CoapResponse,
    options: AskOptions,
  ): Promise<SignalResult> {
    const answered = { response, rttMs: this.#session.rttMs ?? 0, transmissions: 0 };
    return this.#resultOf(request, answered, options);
  }

  async #ask(request: CoapRequest, options: AskOptions): Promise<SignalResult> {
    const answered = await this.#session.request(request, this.#requestOptions(options));
    return this.#resultOf(request, answered, options);
  }

  /** As `#ask`, ahead of whatever waits for the session's pace: a call for help must not be delayed. [RFC 9132 §4.4] */
  async #askNow(request: CoapRequest, options: AskOptions): Promise<SignalResult> {
    const how = { ...this.#requestOptions(options), urgent: true };
    return this.#resultOf(request, await this.#session.request(request, how), options);
  }

  /** Fetches the rest of an answer that came in part. [RFC 9132 §4.4.2] */
  async #resultOf(
    request: CoapRequest,
    first: Answered,
    options: AskOptions,
  ): Promise<SignalResult> {
    const ask = (next: CoapRequest): Promise<Answered> =>
      this.#session.request(next, this.#requestOptions(options));
    return signalResultOf(await wholeAnswer(request, first, ask));
  }

  /** Everything about mitigations travels NON. [RFC 9132 §4.4] */
  #requestOptions(options: AskOptions): { reliability: "non"; timeoutMs: Millis } {
    return { reliability: "non", timeoutMs: options.timeoutMs ?? this.#timeoutMs };
  }

  /** The one resource that a client serves is the heartbeat. [RFC 9132 §4.7] */
  #serve(request: CoapRequest): Answer {
    switch (servedPath(request)) {
      case "hb":
        return this.#heartbeat.answer(request);
      case "invalid":
        return diagnostic(Code.BadRequest, "the Uri-Path cannot be read");
      default:
        return diagnostic(Code.NotFound, "a DOTS client serves /.well-known/dots/hb only");
    }
  }
}

function servedPath(request: CoapRequest): "hb" | "invalid" | "other" {
  try {
    const { tag } = parseDotsPath(uriPath(request.options));
    return tag === "hb" || tag === "invalid" ? tag : "other";
  } catch (error) {
    if (error instanceof WireError) return "invalid";
    throw error;
  }
}
