import { WireError } from "../../wire/bytes.ts";
import { encodeDots, MAX_BODY_OCTETS } from "../../wire/cbor/dots-body.ts";
import type { Mitigation } from "./mitigation-machine.ts";
import { scopeOf } from "./render.ts";
import type { Target } from "../signal/scope.ts";

/** How much of a client's list of mitigations each of them takes: a list must fit one body. [RFC 9132 §4.4.2] */

/** What the mitigations of one cuid may take together. */
export const MAX_LISTED_OCTETS = MAX_BODY_OCTETS - 64;

/** Each part that changes at its longest. */
const LONGEST: Mitigation = {
  state: { tag: "active", status: 1, told: 0 },
  trigger: false,
  expiresAt: 0xffff_ffff * 1000,
  startedAtS: 2 ** 40,
  terminatingMs: 0,
  dropped: {
    bytes: 2n ** 64n - 1n,
    pkts: 2n ** 64n - 1n,
    bps: 2n ** 64n - 1n,
    pps: 2n ** 64n - 1n,
  },
};

/** The most octets that a mitigation of this target ever takes in an answer; infinite if none can hold it. */
export function listedOctets(target: Target): number {
  const key = { client: "", cuid: "", mid: 0xffff_ffff };
  const record = { key, id: "", target, listedOctets: 0, mitigation: LONGEST };
  const scope = [scopeOf(record, 0, "a")];
  try {
    return encodeDots({ "ietf-dots-signal-channel:mitigation-scope": { scope } }).length;
  } catch (error) {
    if (error instanceof WireError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
