import type { Mitigation, Sample, Scope } from "../control/contract.ts";
import type { Clock } from "../net/ports.ts";
import type { StoredRequest, StoredScope } from "../store/agent-store.ts";
import { enumName } from "../wire/cbor/dots-schema.ts";
import type { Point } from "./curve.ts";
import type { EndedRequest } from "./ended-shelf.ts";
import { instant, instantOrNull } from "./instant.ts";
import type { LiveRequest } from "./live-request.ts";
import { isGranted } from "./request-state.ts";

/** Requests as the contract shows them. */

/** One that lives. */
export function liveView(request: LiveRequest, clock: Clock): Mitigation {
  const { kept, state, dropped, toldAtMs, renewsAtMs } = request;
  const { awaiting, expiresAt } = state;
  const held = isGranted(kept);
  const left = held && expiresAt !== undefined ? expiresAt - clock.now() : undefined;
  return {
    ...keptView(kept),
    lifetimeLeftS: left === undefined ? null : wholeSeconds(left),
    renewsAt: held ? instantOrNull(renewsAtMs) : null,
    dropped: dropped === null ? null : { ...dropped },
    toldAt: instantOrNull(toldAtMs),
    awaiting: awaiting === null ? null : { what: awaiting.what, since: instant(awaiting.sinceMs) },
  };
}

/** One that is over. */
export function endedView({ kept, dropped, toldAtMs }: EndedRequest): Mitigation {
  return {
    ...keptView(kept),
    dropped: dropped === null ? null : { ...dropped },
    toldAt: instantOrNull(toldAtMs),
  };
}

/** The curve of what was dropped. */
export function samplesView(points: readonly Point[]): Sample[] {
  return points.map(({ atMs, bps, pps }) => ({ at: instant(atMs), bps, pps }));
}

/** A scope with lists of its own, since the contract's may be changed by whoever gets them. */
export function scopeView(scope: StoredScope): Scope {
  const {
    "target-prefix": prefixes,
    "target-port-range": ports,
    "target-protocol": protocols,
    "target-fqdn": names,
    "target-uri": uris,
  } = scope;
  return {
    ...(prefixes === undefined ? {} : { "target-prefix": [...prefixes] }),
    ...(ports === undefined ? {} : { "target-port-range": ports.map((range) => ({ ...range })) }),
    ...(protocols === undefined ? {} : { "target-protocol": [...protocols] }),
    ...(names === undefined ? {} : { "target-fqdn": [...names] }),
    ...(uris === undefined ? {} : { "target-uri": [...uris] }),
  };
}

function keptView(kept: StoredRequest): Mitigation {
  return {
    id: String(kept.id),
    provider: kept.provider,
    kind: kept.kind,
    mid: kept.mid,
    targets: [...kept.targets],
    scope: scopeView(kept.scope),
    phase: kept.phase,
    status: kept.status,
    statusText: kept.status === null ? null : (enumName("status", kept.status) ?? null),
    lifetimeS: kept.lifetimeS,
    lifetimeLeftS: null,
    renewsAt: null,
    dropped: null,
    toldAt: null,
    requestedAt: instant(kept.requestedAtMs),
    sentAt: instantOrNull(kept.sentAtMs),
    acceptedAt: instantOrNull(kept.acceptedAtMs),
    filteringAt: instantOrNull(kept.filteringAtMs),
    endedAt: instantOrNull(kept.endedAtMs),
    awaiting: null,
    refusal: kept.refusal === null ? null : { ...kept.refusal },
    outcome: kept.outcome,
  };
}

/** Null is without end. */
function wholeSeconds(ms: number): number | null {
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms / 1000)) : null;
}
