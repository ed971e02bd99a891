import type { SignalResult } from "../dots/client/signal-result.ts";
import { SCOPE_LISTS } from "../dots/signal/scope.ts";
import type { Millis } from "../net/ports.ts";
import { enumCode } from "../wire/cbor/dots-schema.ts";
import type { MitigationScope } from "../wire/cbor/types.ts";
import type { StatusCode } from "./request-state.ts";

/** What a provider tells of mitigations. [RFC 9132 §4.4.2] */

/** What was dropped. */
export interface Dropped {
  /** Bits per second: the RFC's unit is octets. */
  readonly bps: number;
  readonly pps: number;
  readonly bytes: number;
  readonly pkts: number;
}

/** The lists that say what is protected. [RFC 9132 §4.4.1.1] */
type ShownScope = Pick<MitigationScope, (typeof SCOPE_LISTS)[number]>;

/** One mitigation as the server shows it. */
export interface Told {
  readonly mid: number;
  /** What it protects, as far as the server tells. */
  readonly scope: ShownScope;
  /** When it was asked, or when it told of itself. */
  readonly since: Millis;
  readonly status: StatusCode;
  /** What is left, in seconds; -1 is without end. */
  readonly lifetimeS: number | undefined;
  readonly dropped: Dropped | null;
}

const STATUS_CODES: readonly StatusCode[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** The mitigations that an answer shows; undefined when it shows none because it is no such answer. */
export function toldBy(result: SignalResult, since: Millis): readonly Told[] | undefined {
  if (result.code === "4.04") return [];
  if (result.code !== "2.05") return undefined;
  const scopes = result.payload?.["ietf-dots-signal-channel:mitigation-scope"]?.scope;
  return scopes?.flatMap((scope) => toldOf(scope, since) ?? []);
}

/** An entry without mid or status tells nothing: there is nothing to hold it to. */
function toldOf(scope: MitigationScope, since: Millis): Told | undefined {
  const { mid, status: name, lifetime } = scope;
  const code = name === undefined ? undefined : enumCode("status", name);
  const status = STATUS_CODES.find((known) => known === code);
  if (mid === undefined || status === undefined) return undefined;
  const dropped = droppedOf(scope);
  return { mid, scope: shownScope(scope), since, status, lifetimeS: lifetime, dropped };
}

function shownScope(scope: MitigationScope): ShownScope {
  return Object.fromEntries(
    SCOPE_LISTS.flatMap((list) => (scope[list] === undefined ? [] : [[list, scope[list]]])),
  );
}

function droppedOf(scope: MitigationScope): Dropped | null {
  const counters = [
    scope["bps-dropped"],
    scope["pps-dropped"],
    scope["bytes-dropped"],
    scope["pkts-dropped"],
  ] as const;
  if (counters.every((counter) => counter === undefined)) return null;
  const [bps, pps, bytes, pkts] = counters;
  return {
    bps: numberOf(bps) * 8,
    pps: numberOf(pps),
    bytes: numberOf(bytes),
    pkts: numberOf(pkts),
  };
}

/** Decimal, up to 2^64: rounded above 2^53. */
function numberOf(counter: string | undefined): number {
  const value = Number(counter ?? 0);
  return Number.isFinite(value) ? value : 0;
}
