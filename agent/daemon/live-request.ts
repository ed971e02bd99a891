import { CoapError } from "../coap/error.ts";
import { asError } from "../dots/client/as-error.ts";
import {
  keepMitigation,
  namedWaitS,
  type KeeperEvent,
  type KeptMitigation,
} from "../dots/client/keep-mitigation.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import type { Clock, Millis, Timer } from "../net/ports.ts";
import type { AgentChanges, StoredRequest } from "../store/agent-store.ts";
import { Curve } from "./curve.ts";
import type { Ledger } from "./ledger.ts";
import type { ProviderLink } from "./provider-link.ts";
import { isReplaced, refusalOf } from "./refusal.ts";
import type { Newer, RequestEffect, RequestInput } from "./request-inputs.ts";
import { dueAt, step } from "./request-machine.ts";
import { isOver, type Moment, type News, type RequestState } from "./request-state.ts";
import { unreachable } from "./request-steps.ts";
import { activityOf } from "./request-words.ts";
import type { Dropped, Told } from "./told.ts";

/** What a live request needs of the rest. */
export interface RequestSurroundings {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Somebody waits for this answer. */
  hurry(answer: Promise<unknown>): void;
  /** A question got no answer. */
  unanswered(): void;
  /** What is known of newer requests that overlap this one. */
  newer(request: StoredRequest): Newer;
  /** Something that is shown changed. */
  changed(): void;
  /** It is over; nothing more will come of it. */
  over(request: LiveRequest): void;
}

/** A step that was thought through and not taken yet. */
export interface Proposal {
  readonly changes: AgentChanges;
  /** Takes it: its changes are kept. */
  readonly commit: () => void;
}

/** Drives one request's machine: sends, renews, follows and withdraws it by whatever session there is. */
export class LiveRequest {
  readonly curve = new Curve();
  readonly #around: RequestSurroundings;
  #state: RequestState;
  #link: ProviderLink | undefined;
  #keeper: KeptMitigation | undefined;
  #timer: Timer | undefined;
  #dropped: Dropped | null = null;
  #toldAtMs: Millis | null = null;
  #renews: Moment | undefined;
  /** Whether a person waits for the answer to what is sent next. */
  #awaited = false;
  #stopped = false;

  constructor(around: RequestSurroundings, state: RequestState) {
    this.#around = around;
    this.#state = state;
    this.#arm();
  }

  get state(): RequestState {
    return this.#state;
  }

  get kept(): StoredRequest {
    return this.#state.kept;
  }

  /** What the provider dropped, as last told. */
  get dropped(): Dropped | null {
    return this.#dropped;
  }

  /** When the provider last told of it; wall time. */
  get toldAtMs(): Millis | null {
    return this.#toldAtMs;
  }

  /** When it is asked for next; wall time. Null: never, without a session, or it is being asked for just now. */
  get renewsAtMs(): Millis | null {
    const at = this.#keeper?.nextAskAt;
    if (at === undefined) return null;
    // Said once, so that it stays the same when the two clocks do not quite.
    if (this.#renews?.at !== at) this.#renews = { at, wallMs: this.#wallOf(at) };
    return this.#renews.wallMs;
  }

  /** Finds out at once what is over by now. */
  lookAtClock(): void {
    this.#happened({ tag: "due" });
  }

  /** A person has just asked for it, and a session stands. */
  begin(link: ProviderLink): void {
    this.#awaited = true;
    this.up(link);
    this.#awaited = false;
  }

  /** A session stands; nothing is asked twice by the same. */
  up(link: ProviderLink): void {
    if (this.#link === link) return;
    this.#link = link;
    this.#happened({ tag: "up" });
  }

  down(): void {
    this.#happened({ tag: "down" });
    this.#link = undefined;
  }

  /** The provider shows it. */
  told(told: Told): void {
    const { at, wallMs } = this.#moment();
    this.#toldAtMs = wallMs;
    if (told.dropped !== null) {
      this.#dropped = told.dropped;
      this.curve.add(at, { atMs: wallMs, bps: told.dropped.bps, pps: told.dropped.pps });
    }
    const isEnd = told.status === 6 || told.status === 7;
    this.#happened({ tag: "told", ...told, newer: isEnd ? this.#newer : "none" });
  }

  /** The provider does not have it. */
  gone(since: Millis): void {
    this.#happened({ tag: "gone", since, newer: this.#newer });
  }

  /**
   * The user withdraws it. A session that stands is told at once.
   * @throws {ControlError} `store-failed`: it goes on as before.
   */
  withdraw(): void {
    const { changes, commit } = this.propose({ tag: "withdraw" });
    this.#around.ledger.keep(changes);
    this.#awaited = true;
    commit();
    this.#awaited = false;
  }

  /** What a step would change, for whoever keeps it together with something else. */
  propose(input: RequestInput): Proposal {
    const moment = this.#moment();
    const [next, effects] = step(this.#state, input, moment);
    const news = effects.flatMap((effect) => (effect.tag === "save" ? [effect] : []));
    const changes =
      news.length === 0
        ? {}
        : changesOf(
            next.kept,
            news.flatMap((one) => one.news),
            moment,
          );
    return { changes, commit: () => this.#take(next, effects) };
  }

  /** Sends nothing any more, as when the agent ends. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#keeper?.stop();
    this.#keeper = undefined;
    this.#timer?.cancel();
    this.#link = undefined;
  }

  /** One step for what has happened, whether or not it can be kept. */
  #happened(input: RequestInput): void {
    if (this.#stopped) return;
    const { changes, commit } = this.propose(input);
    if (changes.requests !== undefined) this.#around.ledger.note(changes);
    commit();
  }

  #take(next: RequestState, effects: readonly RequestEffect[]): void {
    this.#state = next;
    for (const effect of effects) this.#carryOut(effect);
    this.#arm();
    this.#around.changed();
    if (isOver(this.kept)) this.#end();
  }

  #end(): void {
    this.stop();
    this.#around.over(this);
  }

  #carryOut(effect: RequestEffect): void {
    switch (effect.tag) {
      case "save": // kept already
        return;
      case "keep":
        this.#keep();
        return;
      case "let-go":
        this.#keeper?.stop();
        this.#keeper = undefined;
        return;
      case "watch":
        this.#link?.watch(this.kept.mid);
        return;
      case "unwatch":
        this.#link?.unwatch(this.kept.mid);
        return;
      case "delete":
        void this.#delete();
        return;
      default:
        unreachable(effect);
    }
  }

  #keep(): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#keeper?.stop();
    const { mid, scope, lifetimeS } = this.kept;
    const course = {
      wanted: () => this.#keeper === keeper && !link.ended,
      left: () => this.#happened({ tag: "left" }),
      settled: (stray: boolean) => this.#happened({ tag: "settled", stray }),
    };
    const requester = {
      requestMitigation: (...what: readonly [number, StoredRequest["scope"]]) =>
        this.#awaiting(link.put(...what, course)),
    };
    const mitigation = { mid, scope: { ...scope, lifetime: lifetimeS } };
    const keeper = keepMitigation(this.#around, requester, mitigation, (event) =>
      this.#kept(event, link),
    );
    this.#keeper = keeper;
  }

  #kept(event: KeeperEvent, link: ProviderLink): void {
    switch (event.tag) {
      case "granted":
        return this.#granted(event.result, event.lifetimeS);
      case "refused": {
        const refusal = refusalOf(event.result);
        const replaced = isReplaced(event.result, this.kept.mid) && this.#mayBeReplaced;
        return this.#happened({ tag: "refused", refusal, final: event.final, replaced });
      }
      case "unanswered":
        return this.#unanswered(event.error, link);
      default:
        return unreachable(event);
    }
  }

  get #newer(): Newer {
    return this.#around.newer(this.kept);
  }

  /** A newer request that is in the way may be of another agent with our key: to it this one is nothing to replace. */
  get #mayBeReplaced(): boolean {
    return this.kept.acceptedAtMs !== null || this.#newer !== "none";
  }

  #granted(result: SignalResult, lifetimeS: number): void {
    const { code, rttMs, transmissions } = result;
    this.#happened({ tag: "granted", answer: { code, rttMs, transmissions, lifetimeS } });
  }

  #unanswered(error: Error, link: ProviderLink): void {
    if (link.ended) return; // the next session begins anew
    if (isSilence(error)) this.#around.unanswered();
    this.#happened({ tag: "unanswered", reason: reasonOf(error) });
  }

  async #delete(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    let sentAt = this.#around.clock.now();
    const onSent = (): void => void (sentAt = this.#around.clock.now());
    const answer = this.#awaiting(link.withdraw(this.kept.mid, onSent));
    const outcome = await answer.catch(asError);
    if (this.#link !== link || link.ended) return; // sent again by the next session
    if (outcome instanceof Error) {
      if (isSilence(outcome)) this.#around.unanswered();
      this.#happened({ tag: "delete-failed", reason: reasonOf(outcome), afterMs: undefined });
    } else if (outcome.accepted || outcome.code === "4.04") {
      this.#happened({ tag: "deleted", sentAt });
    } else {
      const afterS = namedWaitS(outcome);
      const afterMs = afterS === undefined ? undefined : afterS * 1000;
      this.#happened({ tag: "delete-failed", reason: outcome.code, afterMs });
    }
  }

  /** An answer; if a person waits for it, it is to come soon. */
  #awaiting(answer: Promise<SignalResult>): Promise<SignalResult> {
    if (this.#awaited) this.#around.hurry(answer);
    return answer;
  }

  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const due = dueAt(this.#state);
    if (due === undefined || isOver(this.kept)) return;
    const { clock } = this.#around;
    this.#timer = clock.after(due - clock.now(), () => this.#happened({ tag: "due" }));
  }

  #wallOf(at: Millis): Millis {
    const moment = this.#moment();
    return Math.round(moment.wallMs + (at - moment.at));
  }

  #moment(): Moment {
    const { clock } = this.#around;
    return { at: clock.now(), wallMs: Math.round(clock.wallTime()) };
  }
}

/** What the store is to hold after a step. */
export function changesOf(
  kept: StoredRequest,
  news: readonly News[],
  { wallMs }: Moment,
): Required<Pick<AgentChanges, "requests" | "activities">> {
  return { requests: [kept], activities: news.map((one) => activityOf(kept, one, wallMs)) };
}

/** Whether nobody answered, as opposed to something that we could not read or send. */
function isSilence(error: Error): boolean {
  return (
    error instanceof CoapError && (error.code === "coap/timeout" || error.code === "coap/reset")
  );
}

function reasonOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "internal";
}
