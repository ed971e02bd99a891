import type { Millis } from "../../net/ports.ts";
import { enumName } from "../../wire/cbor/dots-schema.ts";
import type { MitigationScope, Target as ScopeTarget } from "../../wire/cbor/types.ts";
import { statusOf } from "./mitigation-machine.ts";
import type { Mitigation } from "./mitigation-machine.ts";
import type { MitigationRecord } from "./mitigation-record.ts";
import type { Content } from "./query.ts";
import type { Target } from "../signal/scope.ts";
import type { Overlap } from "./target.ts";

/** Mitigations as answers and notifications show them. [RFC 9132 §4.4.2] */

/** What remains of the lifetime, in whole seconds begun; -1 is indefinite. [RFC 9132 §4.4.2] */
export function lifetimeLeftS(mitigation: Mitigation, now: Millis): number {
  if (mitigation.state.tag === "terminated" || mitigation.state.tag === "removed") return 0;
  if (mitigation.expiresAt === undefined) return -1;
  return Math.max(0, Math.ceil((mitigation.expiresAt - now) / 1000));
}

/**
 * One mitigation. `mid` and `lifetime` are in every selection: the first names the entry, the second is
 * mandatory and both configured and changing. [RFC 9132 §4.4.2 Table 2]
 */
export function scopeOf(record: MitigationRecord, now: Millis, content: Content): MitigationScope {
  const lifetime = lifetimeLeftS(record.mitigation, now);
  return {
    mid: record.key.mid,
    ...(content === "n" ? {} : configured(record)),
    lifetime,
    ...(content === "c" ? {} : changing(record.mitigation)),
  };
}

function configured({ target, mitigation }: MitigationRecord): MitigationScope {
  return {
    ...nodesOf(target),
    // True is the default, and what goes without saying keeps answers in one datagram.
    ...(mitigation.trigger ? {} : { "trigger-mitigation": false }),
  };
}

/** The actual scope, each list in the order in which it was asked for. [RFC 9132 §4.4.2] */
function nodesOf(target: Target): ScopeTarget {
  return {
    ...(target.prefixes.length === 0
      ? {}
      : { "target-prefix": target.prefixes.map((prefix) => prefix.text) }),
    ...(target.ports.length === 0 ? {} : { "target-port-range": target.ports.map(portNodes) }),
    ...(target.protocols.length === 0 ? {} : { "target-protocol": target.protocols }),
    ...(target.fqdns.length === 0 ? {} : { "target-fqdn": target.fqdns }),
    ...(target.uris.length === 0 ? {} : { "target-uri": target.uris.map((uri) => uri.text) }),
    ...(target.aliases.length === 0 ? {} : { "alias-name": target.aliases }),
  };
}

function portNodes({ lower, upper }: Target["ports"][number]): {
  "lower-port": number;
  "upper-port"?: number;
} {
  return lower === upper ? { "lower-port": lower } : { "lower-port": lower, "upper-port": upper };
}

function changing(mitigation: Mitigation): MitigationScope {
  const code = statusOf(mitigation);
  const status = enumName("status", code);
  const { dropped, startedAtS } = mitigation;
  return {
    // Never with status 8: nothing has started. [RFC 9132 §4.4.2]
    ...(startedAtS === undefined || code === 8 ? {} : { "mitigation-start": String(startedAtS) }),
    ...(status === undefined ? {} : { status }),
    ...(dropped === undefined || code === 8
      ? {}
      : {
          "bytes-dropped": counter(dropped.bytes),
          "bps-dropped": counter(dropped.bps),
          "pkts-dropped": counter(dropped.pkts),
          "pps-dropped": counter(dropped.pps),
        }),
  };
}

/** Counters wrap around at 2^64. [RFC 9132 §4.4.2] */
function counter(value: bigint): string {
  return String(BigInt.asUintN(64, value));
}

/** The conflicting part of a target, for `conflict-scope`. [RFC 9132 §4.4.1.3] */
export function conflictNodes(overlap: Overlap): ScopeTarget {
  const { prefixes, fqdns, uris, aliases } = overlap;
  return {
    ...(prefixes.length === 0 ? {} : { "target-prefix": prefixes.map((prefix) => prefix.text) }),
    ...(fqdns.length === 0 ? {} : { "target-fqdn": fqdns }),
    ...(uris.length === 0 ? {} : { "target-uri": uris }),
    ...(aliases.length === 0 ? {} : { "alias-name": aliases }),
  };
}
