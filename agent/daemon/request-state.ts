import type { Millis } from "../net/ports.ts";
import type { StoredRefusal, StoredRequest } from "../store/agent-store.ts";

/** What the machine of `request-machine.ts` works on. */

/** Both clocks at one moment. */
export interface Moment {
  /** Monotonic. */
  readonly at: Millis;
  /** Since the Unix epoch. */
  readonly wallMs: Millis;
}

/** What is being waited for, since when (wall clock). */
export interface Awaiting {
  readonly what: "session" | "answer" | "retry";
  readonly sinceMs: Millis;
}

/** The provider's status of a mitigation, 1 to 8. [RFC 9132 §4.4.2 Table 3] */
export type StatusCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** One request for mitigation, as the agent holds it while it lives. */
export interface RequestState {
  /** What the store holds of it, or will. */
  readonly kept: StoredRequest;
  /** Whether there is a client to send by. */
  readonly connected: boolean;
  /** PUTs of ours that are under way. */
  readonly puts: number;
  /** When a PUT last left, or may have; undefined: none ever did. */
  readonly putAt: Millis | undefined;
  /** When help was last granted. */
  readonly grantedAt: Millis | undefined;
  /** When what was granted is over; `Infinity`: never; undefined: nothing is granted. */
  readonly expiresAt: Millis | undefined;
  /** When a withdrawn one is over at the server whatever it heard; `Infinity`: never. */
  readonly surelyOverAt: Millis | undefined;
  /** When to send the DELETE again. */
  readonly deleteAt: Millis | undefined;
  /** DELETEs without an answer in a row. */
  readonly deleteFailures: number;
  /** The DELETE was answered while a PUT was under way that may come after it. */
  readonly deleteAgain: boolean;
  /** Until when a copy of a PUT may still be on its way to the server. */
  readonly strayUntil: Millis | undefined;
  /** Whether the activity log knows already why it is asked again. */
  readonly askedAgain: boolean;
  /** Whether it renews itself: not once the server has refused that for good. */
  readonly renewing: boolean;
  /** Whether the activity log has been told of the present silence. */
  readonly silent: boolean;
  readonly awaiting: Awaiting | null;
}

/** A new request, before it is sent. */
export function newRequest(kept: StoredRequest, moment: Moment): RequestState {
  return {
    kept,
    connected: false,
    puts: 0,
    putAt: undefined,
    grantedAt: undefined,
    expiresAt: undefined,
    surelyOverAt: undefined,
    deleteAt: undefined,
    deleteFailures: 0,
    deleteAgain: false,
    strayUntil: undefined,
    askedAgain: false,
    renewing: true,
    silent: false,
    awaiting: { what: "session", sinceMs: moment.wallMs },
  };
}

/**
 * A request that lived when the agent last ended. A PUT may have left at its very end, or while the store could not keep
 * that it did: until it is known better, what it asked for begins now.
 */
export function restoredRequest(kept: StoredRequest, moment: Moment): RequestState {
  const renewing = !(isGranted(kept) && isForGood(kept.refusal));
  const fresh: RequestState = { ...newRequest(kept, moment), putAt: moment.at, renewing };
  const end =
    kept.expiresAtMs === null ? undefined : moment.at + (kept.expiresAtMs - moment.wallMs);
  if (kept.phase === "withdrawing") {
    return { ...fresh, surelyOverAt: end ?? Number.POSITIVE_INFINITY };
  }
  return isGranted(kept) ? { ...fresh, expiresAt: end ?? Number.POSITIVE_INFINITY } : fresh;
}

/** Whether the provider holds it, as far as it has told. */
export function isGranted({ phase }: StoredRequest): boolean {
  return phase === "accepted" || phase === "filtering" || phase === "attack-over";
}

/** Whether the same would be refused for ever. */
export function isForGood(refusal: StoredRefusal | null): boolean {
  return refusal !== null && refusal.retryAfterS === null;
}

/** Whether there is nothing left to do for it. */
export function isOver({ phase }: StoredRequest): boolean {
  return phase === "ended" || phase === "refused";
}

/** What happened to a request, for the activity log; `request-words.ts` has the words. */
export type News =
  | { readonly tag: "requested" }
  | { readonly tag: "sent" }
  /** Without an answer: it was seen at the server. */
  | { readonly tag: "accepted"; readonly answer: Answer | undefined }
  | { readonly tag: "asked-again"; readonly why: "forgotten" | "ran-out" }
  | { readonly tag: "filtering"; readonly exceeded: boolean }
  | { readonly tag: "attack-over" }
  | { readonly tag: "refused"; readonly refusal: StoredRefusal; readonly fate: RefusalFate }
  | { readonly tag: "unanswered"; readonly reason: string; readonly what: "request" | "withdrawal" }
  | { readonly tag: "ran-out" }
  | { readonly tag: "withdrawing" }
  | { readonly tag: "ended"; readonly why: EndedWhy };

/** What a refusal means for the request. */
export type RefusalFate =
  | "final"
  | "retried"
  | "not-renewed" // what was granted goes on to its end
  | "dropped"; // what was granted is not there any more, either

/** How a request came to its end. */
export type EndedWhy =
  | "withdrawn" // and the provider knows
  | "never-sent" // withdrawn before it left this machine
  | "ran-out" // withdrawn; the provider never answered, but its time is over there
  | "withdrawn-elsewhere" // somebody else with our key did it
  | "terminated"
  | "replaced" // by a newer request of ours
  | "expired"
  | "provider-removed";

/** What an engineer wants to know of an answer. */
export interface Answer {
  readonly code: string;
  readonly rttMs: Millis;
  readonly transmissions: number;
  readonly lifetimeS: number;
}
