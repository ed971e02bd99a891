import type { Clock, Millis } from "../net/ports.ts";
import { sameScope } from "../scope/scope-relation.ts";
import type { StoredProvider, StoredRequest } from "../store/agent-store.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { Told } from "./told.ts";

/** What a server holds under our name that no live request of ours stands for. */
export interface Stranger {
  readonly mid: number;
  /**
   * `withdrawn`: it was ours and should be gone. `over`: it was ours, and ended without being withdrawn. `unknown`: it
   * never was ours, as far as is remembered.
   */
  readonly fate: "withdrawn" | "over" | "unknown";
}

/** How far back requests are looked through for the mids of what should be gone. */
const REMEMBERED = 500;

/** How much longer than its lifetime a mitigation may last: a request on its way, clocks that differ. */
const SLACK_MS: Millis = 60_000;

/**
 * Tells withdrawn requests of ours from what somebody else asked for with our key: that is left alone, and said once.
 * A mid alone proves nothing, since an agent with the same key may use it for something of its own. What is ending at
 * the server anyway is none of these. [RFC 9132 §4.4.1.1]
 */
export function noticeStrangers(
  { ledger, log, clock }: { readonly ledger: Ledger; readonly log: Log; readonly clock: Clock },
  provider: StoredProvider,
  shown: readonly Told[],
): readonly Stranger[] {
  const running = shown.filter(({ status }) => status < 5 || status === 8);
  if (running.length === 0) return [];
  const ours = endedByMid(ledger, log, provider);
  if (ours === undefined) return [];
  const nowMs = clock.wallTime();
  const strangers = running.map((told): Stranger => {
    const request = ours.get(told.mid);
    return {
      mid: told.mid,
      fate: request === undefined ? "unknown" : fateOf(told, request, nowMs),
    };
  });
  const unknown = strangers.filter(({ fate }) => fate === "unknown").map(({ mid }) => mid);
  if (unknown.length > 0) tell(ledger, clock, provider, unknown);
  return strangers;
}

/** What became of the request that had this mid, if it is the one that the server shows. */
function fateOf({ scope }: Told, request: StoredRequest, nowMs: Millis): Stranger["fate"] {
  if (!sameScope(scope, request.scope)) return "unknown";
  // Whoever withdrew it may have removed the provider before that was answered.
  const { outcome } = request;
  if (outcome !== "withdrawn" && outcome !== "provider-removed") return "over";
  return nowMs <= lastsUntil(request) ? "withdrawn" : "unknown";
}

/** Until when a withdrawn request can still be what the server holds; wall time. */
function lastsUntil(request: StoredRequest): Millis {
  const { sentAtMs, expiresAtMs, endedAtMs, requestedAtMs, lifetimeS } = request;
  if (sentAtMs === null) return Number.NEGATIVE_INFINITY;
  return (expiresAtMs ?? (endedAtMs ?? requestedAtMs) + lifetimeS * 1000) + SLACK_MS;
}

/** The requests to this provider that ended, by their mids; undefined when the store cannot be read. */
function endedByMid(
  ledger: Ledger,
  log: Log,
  { id }: StoredProvider,
): ReadonlyMap<number, StoredRequest> | undefined {
  try {
    const known = ledger.read((store) => store.requests(REMEMBERED));
    const ours = known.filter(({ providerId }) => providerId === id);
    return new Map(ours.toReversed().map((request) => [request.mid, request])); // the newest stays
  } catch (error) {
    log.warn({ reason: String(error) }, "what the provider holds cannot be compared");
    return undefined;
  }
}

function tell(
  ledger: Ledger,
  clock: Clock,
  { name }: StoredProvider,
  mids: readonly number[],
): void {
  const [what, left] =
    mids.length === 1
      ? ["a mitigation", "it is left alone"]
      : [`${mids.length} mitigations`, "they are left alone"];
  ledger.note({
    activities: [
      {
        atMs: Math.round(clock.wallTime()),
        kind: "mitigation-unknown",
        severity: "warn",
        provider: name,
        request: null,
        text: `${name} holds ${what} under your name that this agent did not ask for; ${left}.`,
        details: { mids: mids.join(", ") },
      },
    ],
  });
}
