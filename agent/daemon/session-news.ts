import type { Activity } from "../control/contract.ts";
import type { SessionView } from "../session/session-view.ts";
import type { NewActivity } from "../store/agent-store.ts";

/** What of a session's course is worth an entry of the activity log. */

/** What the log was last told of a session. */
export type SessionTold =
  | { readonly tag: "nothing" }
  | { readonly tag: "active" }
  | { readonly tag: "degraded" }
  /** There was one. */
  | { readonly tag: "lost" }
  /** There never was one since the agent started, for this reason. */
  | { readonly tag: "failed"; readonly code: string };

type Telling = Pick<NewActivity, "severity" | "text" | "details"> & {
  readonly kind: Activity["kind"];
};

/** What is told of a session that looks like `view` now, and what is to be remembered of it; no news: as before. */
export function sessionNews(
  told: SessionTold,
  name: string,
  view: SessionView,
): { readonly told: SessionTold; readonly news: Telling | undefined } {
  const next = nextOf(told, view);
  if (next === undefined || same(told, next)) return { told, news: undefined };
  return { told: next, news: tellingOf(told, next, name, view) };
}

/** Trying again is no news, nor is how. */
function nextOf(told: SessionTold, { state, fault }: SessionView): SessionTold | undefined {
  if (state === "active") return { tag: "active" };
  const had = told.tag === "active" || told.tag === "degraded";
  if (state === "degraded") return { tag: "degraded" };
  if (had) return state === "closed" ? undefined : { tag: "lost" };
  if (fault === null || told.tag === "lost") return undefined;
  return { tag: "failed", code: fault.code };
}

function same(a: SessionTold, b: SessionTold): boolean {
  return a.tag === b.tag && (a.tag !== "failed" || b.tag !== "failed" || a.code === b.code);
}

function tellingOf(
  before: SessionTold,
  { tag }: SessionTold,
  name: string,
  { address, security, rttMs, fault }: SessionView,
): Telling {
  const why = fault === null ? {} : { fault: fault.code };
  switch (tag) {
    case "active": {
      const again = before.tag === "lost" || before.tag === "degraded";
      return {
        kind: "session-active",
        severity: "good",
        text: again ? `The connection to ${name} is back.` : `Connected to ${name}.`,
        details: {
          address,
          ...security,
          rttMs: rttMs === null ? null : Math.round(rttMs * 10) / 10,
        },
      };
    }
    case "degraded":
      return {
        kind: "session-degraded",
        severity: "warn",
        text: `${name} is not answering at the moment; a new connection is being tried.`,
        details: { address, ...why },
      };
    case "lost":
      return {
        kind: "session-lost",
        severity: "bad",
        text: `The connection to ${name} is lost; it is tried again until it is back.`,
        details: { address, ...why },
      };
    default:
      return {
        kind: "session-failed",
        severity: "bad",
        text: `There is no connection to ${name}: ${fault?.message ?? "it cannot be said why"}`,
        details: why,
      };
  }
}
