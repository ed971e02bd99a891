import type { StoredProvider, StoredRequest } from "../store/agent-store.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { Told } from "./told.ts";
import type { Clock } from "../net/ports.ts";

/** What a server holds under our name that no live request of ours stands for. */
export interface Stranger {
  readonly mid: number;
  /** `withdrawn`: it was ours and should be gone. `unknown`: it never was, as far as is remembered. */
  readonly fate: "withdrawn" | "unknown";
}

/** How far back requests are looked through for the mids of what should be gone. */
const REMEMBERED = 500;

/**
 * Tells withdrawn requests of ours from what somebody else asked for with our key: that is left alone, and said once.
 * What is ending at the server anyway is neither.
 */
export function noticeStrangers(
  { ledger, log, clock }: { readonly ledger: Ledger; readonly log: Log; readonly clock: Clock },
  provider: StoredProvider,
  shown: readonly Told[],
): readonly Stranger[] {
  const running = shown.filter(({ status }) => status < 5 || status === 8);
  if (running.length === 0) return [];
  const ours = endedMids(ledger, log, provider);
  if (ours === undefined) return [];
  const strangers = running.flatMap(({ mid }): Stranger[] => {
    const outcome = ours.get(mid);
    if (outcome === undefined) return [{ mid, fate: "unknown" }];
    return outcome === "withdrawn" ? [{ mid, fate: "withdrawn" }] : [];
  });
  const unknown = strangers.filter(({ fate }) => fate === "unknown").map(({ mid }) => mid);
  if (unknown.length > 0) tell(ledger, clock, provider, unknown);
  return strangers;
}

/** How the requests to this provider ended, by their mids; undefined when the store cannot be read. */
function endedMids(
  ledger: Ledger,
  log: Log,
  { id }: StoredProvider,
): ReadonlyMap<number, StoredRequest["outcome"]> | undefined {
  try {
    const known = ledger.read((store) => store.requests(REMEMBERED));
    return new Map(
      known
        .toReversed()
        .flatMap(({ providerId, mid, outcome }) => (providerId === id ? [[mid, outcome]] : [])),
    );
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
  const what = mids.length === 1 ? "a mitigation" : `${mids.length} mitigations`;
  ledger.note({
    activities: [
      {
        atMs: Math.round(clock.wallTime()),
        kind: "mitigation-unknown",
        severity: "warn",
        provider: name,
        request: null,
        text: `${name} holds ${what} under your name that this agent did not ask for; it is left alone.`,
        details: { mids: mids.join(", ") },
      },
    ],
  });
}
