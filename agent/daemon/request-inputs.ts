import type { Millis } from "../net/ports.ts";
import type { StoredRefusal } from "../store/agent-store.ts";
import type { Answer, News, StatusCode } from "./request-state.ts";

/** What happens to a request, and what follows from it. See `request-machine.ts`. */

/**
 * What is known of a newer request of ours that overlaps: `held`: the provider took it, and with it the place of the
 * older one; `asked`: it was sent, and nobody knows what became of it. [RFC 9132 §4.4.1.3]
 */
export type Newer = "none" | "asked" | "held";

export type RequestInput =
  /** There is a client, or another one in place of the one before. */
  | { readonly tag: "up" }
  | { readonly tag: "down" }
  /** A PUT is about to leave. */
  | { readonly tag: "left" }
  /** A PUT waits for its answer no longer. `stray`: a copy of it may still be on its way. */
  | { readonly tag: "settled"; readonly stray: boolean }
  | { readonly tag: "withdraw" }
  /** The DELETE that was sent at `sentAt` was answered. */
  | { readonly tag: "deleted"; readonly sentAt: Millis }
  /** `afterMs`: when the server wants it again at the earliest. */
  | {
      readonly tag: "delete-failed";
      readonly reason: string;
      readonly afterMs: Millis | undefined;
    }
  /** The moment of `dueAt` has come. */
  | { readonly tag: "due" }
  | { readonly tag: "provider-removed" }
  | ProviderInput;

/** What the provider says while help is wanted. */
export type ProviderInput =
  | { readonly tag: "granted"; readonly answer: Answer }
  /** `final`: nobody asks any more. `replaced`: because of a newer request of our own. */
  | {
      readonly tag: "refused";
      readonly refusal: StoredRefusal;
      readonly final: boolean;
      readonly replaced: boolean;
    }
  | { readonly tag: "unanswered"; readonly reason: string }
  /** The server shows it, in what was asked, or told, at `since`; `lifetimeS`: what is left, -1 is without end. */
  | {
      readonly tag: "told";
      readonly since: Millis;
      readonly status: StatusCode;
      readonly lifetimeS: number | undefined;
      readonly newer: Newer;
    }
  /** The server does not have it, in what was asked, or told, at `since`. */
  | { readonly tag: "gone"; readonly since: Millis; readonly newer: Newer };

export type RequestEffect =
  /** Keep the state, together with what there is to tell. Comes first. */
  | { readonly tag: "save"; readonly news: readonly News[] }
  /** Send PUTs, from now on, in place of whatever sent them before. */
  | { readonly tag: "keep" }
  | { readonly tag: "let-go" }
  | { readonly tag: "watch" }
  | { readonly tag: "unwatch" }
  | { readonly tag: "delete" };
