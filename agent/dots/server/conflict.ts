import type { Answer } from "../../coap/types.ts";
import type { ConflictInformation, MitigationScope } from "../../wire/cbor/types.ts";
import { Code } from "../../wire/coap/code.ts";
import { scopes } from "./answers.ts";
import type { MitigationRecord } from "./mitigation-record.ts";
import { conflictNodes, lifetimeLeftS } from "./render.ts";
import type { SessionContext } from "./session-context.ts";
import { overlapOf } from "./target.ts";
import type { Target } from "../signal/scope.ts";

/** Conflicts as clients are told of them. [RFC 9132 §4.4.1.3] */

interface Targeted {
  readonly target: Target;
}

/** 4.09: the client must make a new cuid. Only the cause may be named. [RFC 9132 §4.4.1.3 Figure 11] */
export function cuidCollision(): Answer {
  return scopes(Code.Conflict, [
    { "conflict-information": { "conflict-cause": "cuid-collision" } },
  ]);
}

/** 4.09: the client itself has a newer request for some of the same targets. */
export function conflictWithNewer(mid: number, wish: Targeted, newer: MitigationRecord): Answer {
  const information = overlapping(wish, newer);
  const scope = { ...information["conflict-scope"], mid: newer.key.mid };
  return scopes(Code.Conflict, [
    { mid, "conflict-information": { ...information, "conflict-scope": scope } },
  ]);
}

/** 4.09: another client is being protected there; the same request may be tried when that one's lifetime is over. */
export function conflictAcrossClients(
  context: SessionContext,
  mid: number,
  wish: Targeted,
  rival: MitigationRecord,
): Answer {
  const left = lifetimeLeftS(rival.mitigation, context.clock.now());
  const information: ConflictInformation = {
    "conflict-status": "request-inactive-other-active",
    ...overlapping(wish, rival),
    "retry-timer": String(left === -1 ? context.policy.maxLifetimeS : left),
  };
  return scopes(Code.Conflict, [{ mid, "conflict-information": information }]);
}

/**
 * For a 2.01: accepted although the same customer asked the same under another cuid, or another client has asked for
 * it in case its session is lost.
 */
export function noteOfConflict(wish: Targeted, other: MitigationRecord): MitigationScope {
  const information = { "conflict-status": "request-active" as const, ...overlapping(wish, other) };
  return { "conflict-information": information };
}

function overlapping(wish: Targeted, other: MitigationRecord): ConflictInformation {
  const common = overlapOf(wish.target, other.target);
  return {
    "conflict-cause": "overlapping-targets",
    ...(common === undefined ? {} : { "conflict-scope": conflictNodes(common) }),
  };
}
