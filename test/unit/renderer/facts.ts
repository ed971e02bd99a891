/** What the tests of the interface say of providers and mitigations, at one moment. */
import type { Mitigation, Session, Status } from "../../../agent/control/contract.ts";
import type { HomeFacts } from "../../../renderer/model/home-state.ts";
import { aMitigation, aSession, aStatus } from "../../support/control-samples.ts";

/** The moment at which the tests look. */
export const NOW = Date.parse("2026-11-20T14:00:00.000Z");

/** The instant so many seconds before `NOW`. */
export function before(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

/** A session that is well and answered 4 seconds ago. */
export function session(
  more: Partial<Omit<Session, "heartbeat">> & { heartbeat?: Partial<Session["heartbeat"]> } = {},
): Session {
  const base = aSession({ since: before(3600) });
  const heartbeat = { ...base.heartbeat, lastAt: before(4), recent: [], ...more.heartbeat };
  return { ...base, ...more, heartbeat };
}

/** What makes a session, or a mitigation, one of practice. */
export const practice = {
  provider: "Practice provider",
  providerId: "p2",
  kind: "practice",
} as const;

/** A session whose provider has said nothing for 200 seconds. */
export const silent = session({
  state: "degraded",
  fault: { code: "silent", message: "" },
  heartbeat: { lastAt: before(200), missedInARow: 6 },
});
/** A mitigation that has filtered for twelve minutes. */
export function filtering(more: Partial<Mitigation> = {}): Mitigation {
  return aMitigation({
    phase: "filtering",
    status: 2,
    statusText: "attack-successfully-mitigated",
    lifetimeLeftS: 2880,
    renewsAt: before(-2460),
    dropped: { bps: 3.1e9, pps: 41_000, bytes: 2.7e11, pkts: 3e7 },
    toldAt: before(3),
    requestedAt: before(745),
    sentAt: before(745),
    acceptedAt: before(744),
    filteringAt: before(720),
    awaiting: null,
    ...more,
  });
}

/** A mitigation that ended a minute ago because the user stopped it. */
export function ended(more: Partial<Mitigation> = {}): Mitigation {
  return filtering({ phase: "ended", outcome: "withdrawn", endedAt: before(60), ...more });
}

/** A request that was turned down half a minute ago. */
export function refused(more: Partial<Mitigation> = {}): Mitigation {
  return filtering({
    phase: "refused",
    outcome: "refused",
    acceptedAt: null,
    filteringAt: null,
    dropped: null,
    endedAt: before(30),
    refusal: {
      code: "4.03",
      words: "not in your contract.",
      conflictCause: null,
      retryAfterS: null,
    },
    ...more,
  });
}

/** What Home is made of, with an agent that is there. */
export function facts(status: Partial<Status>, more: Partial<HomeFacts> = {}): HomeFacts {
  return {
    link: { tag: "up" },
    status: { value: aStatus(status), at: NOW },
    targets: [],
    putAside: new Set(),
    now: NOW,
    ...more,
  };
}
