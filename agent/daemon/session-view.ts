import type { Session } from "../control/contract.ts";
import type { Millis } from "../net/ports.ts";
import type { SessionView } from "../session/session-view.ts";
import type { StoredProvider } from "../store/agent-store.ts";
import { instant, instantOrNull } from "./instant.ts";
import { serverText } from "./server-text.ts";

/** Sessions as the contract shows them. */

type Whose = Pick<StoredProvider, "id" | "name" | "kind">;

/** The session with a provider. */
export function sessionView(
  { id, name, kind }: Whose,
  view: SessionView,
): Omit<Session, "certificate"> {
  const { heartbeat } = view;
  return {
    provider: name,
    providerId: id,
    kind,
    state: view.state === "closed" ? "down" : view.state,
    since: instant(view.sinceMs),
    server: view.server,
    address: view.address,
    transport: "udp",
    security: view.security === null ? null : { ...view.security },
    rttMs: tenths(view.rttMs),
    heartbeat: {
      sent: heartbeat.sent,
      received: heartbeat.received,
      missed: heartbeat.missed,
      missedInARow: heartbeat.missedInARow,
      lastAt: instantOrNull(heartbeat.lastAt),
      intervalS: heartbeat.intervalS,
      recent: heartbeat.recent.map(({ atMs, rttMs }) => ({
        at: instant(atMs),
        rttMs: tenths(rttMs),
      })),
    },
    fault: view.fault === null ? null : { ...view.fault },
    nextTryAt: instantOrNull(view.nextTryAtMs),
  };
}

/** A provider whose session has not begun: a practice provider that is starting. */
export function startingView(
  provider: StoredProvider,
  sinceMs: Millis,
): ReturnType<typeof sessionView> {
  return sessionView(provider, {
    state: "connecting",
    sinceMs,
    server: serverText(provider),
    address: null,
    security: null,
    rttMs: null,
    heartbeat: {
      sent: 0,
      received: 0,
      missed: 0,
      missedInARow: 0,
      lastAt: null,
      intervalS: 0,
      recent: [],
    },
    fault: null,
    nextTryAtMs: null,
  });
}

/** A tenth of a millisecond is as exact as a round trip ever is. */
function tenths(ms: Millis | null): Millis | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
