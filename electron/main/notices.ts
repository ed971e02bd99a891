import type { Mitigation, Session, Status } from "../../agent/control/contract.ts";
import { words } from "./words.ts";

/** What a user should learn although the window may be closed. */
export interface Notice {
  /** What it is about: a newer one takes the place of an older one. */
  readonly about: string;
  readonly title: string;
  readonly body: string;
}

type Phase = Mitigation["phase"] | "terminated" | "expired";

/** What was known when last looked. */
export interface Seen {
  readonly phases: ReadonlyMap<string, Phase>;
  /** Sessions that were there and were lost, and those that are there. Others never were. */
  readonly sessions: ReadonlyMap<string, "up" | "lost">;
}

/**
 * What is new since `before` and worth a notice, and what has been seen now. Whoever looks for the first time
 * (`before` is undefined) is told nothing: what is true already is no news. Practice is no news either.
 */
export function noticesOf(
  before: Seen | undefined,
  after: Status,
): readonly [seen: Seen, notices: readonly Notice[]] {
  const requests = [...after.mitigations, ...after.ended];
  const seen: Seen = {
    phases: new Map(requests.map((one) => [one.id, phaseOf(one)])),
    sessions: new Map(after.sessions.flatMap((one) => pairOf(one, before))),
  };
  if (before === undefined) return [seen, []];
  const notices = [
    ...requests.flatMap((one) => mitigationNotice(one, before) ?? []),
    ...after.sessions.flatMap((one) => sessionNotice(one, before, seen) ?? []),
  ];
  return [seen, notices];
}

/** Ends that nobody here asked for are phases of their own. */
function phaseOf({ phase, outcome }: Mitigation): Phase {
  const unasked = phase === "ended" && (outcome === "terminated" || outcome === "expired");
  return unasked ? outcome : phase;
}

function mitigationNotice(one: Mitigation, before: Seen): Notice | undefined {
  const phase = phaseOf(one);
  const known = before.phases.get(one.id);
  // One that ended long ago may come into sight when a newer one is forgotten.
  const isOld = known === undefined && one.endedAt !== null && phase !== "refused";
  if (one.kind === "practice" || phase === known || isOld) return undefined;
  const title = titleOf(phase, one.provider);
  if (title === undefined) return undefined;
  const said = phase === "refused" ? one.refusal?.words : undefined;
  const targets = words.list(one.targets);
  const body = said === undefined || said === null ? targets : words.quoted(targets, said);
  return { about: one.id, title, body };
}

/** Undefined: the user did it, or nothing is decided yet. */
function titleOf(phase: Phase, provider: string): string | undefined {
  switch (phase) {
    case "accepted":
    case "filtering":
    case "attack-over":
    case "refused":
    case "terminated":
    case "expired":
      return words.notices[phase](provider);
    case "asking":
    case "withdrawing":
    case "ended":
      return undefined;
  }
}

function pairOf(
  { providerId, state }: Session,
  before: Seen | undefined,
): readonly (readonly [string, "up" | "lost"])[] {
  const known = before?.sessions.get(providerId);
  if (state === "active" || state === "degraded") return [[providerId, "up"]];
  if (known === undefined) return []; // it never was there
  return [[providerId, state === "down" ? "lost" : known]];
}

function sessionNotice(one: Session, before: Seen, seen: Seen): Notice | undefined {
  const known = before.sessions.get(one.providerId);
  const now = seen.sessions.get(one.providerId);
  if (one.kind === "practice" || known === undefined || known === now) return undefined;
  const about = one.providerId;
  return now === "lost"
    ? { about, title: words.notices.lost(one.provider), body: words.notices.lostBody }
    : { about, title: words.notices.back(one.provider), body: words.notices.backBody };
}
