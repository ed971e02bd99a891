import type { Mitigation, Sample, Status } from "../../agent/control/contract.ts";
import { instant, type Millis } from "./format.ts";

/** A value that was told, and when: what is old must say so. */
export interface Known<Value> {
  readonly value: Value;
  readonly at: Millis;
}

/** From this age on a value says how old it is. */
export const OLD_MS = 30_000;

/** When the provider told what the mitigation's numbers are, if that is long enough ago to say so. */
export function oldSince(mitigation: Mitigation, now: Millis): Millis | undefined {
  const told = instant(mitigation.toldAt);
  return told !== undefined && now - told >= OLD_MS ? told : undefined;
}

/** How much of a mitigation's lifetime is left now, in seconds. */
export function lifetimeLeftS(
  mitigation: Mitigation,
  told: Millis,
  now: Millis,
): number | undefined {
  if (mitigation.lifetimeLeftS === null) return undefined;
  return Math.max(0, mitigation.lifetimeLeftS - Math.max(0, now - told) / 1000);
}

/** A mitigation by its id, whether it lives or has ended. */
export function mitigationOf(status: Status, id: string): Mitigation | undefined {
  return [...status.mitigations, ...status.ended].find((one) => one.id === id);
}

/** What the numbers of a mitigation add to its curve. */
export function sampleOf({ toldAt, dropped }: Mitigation): Sample | undefined {
  return toldAt === null || dropped === null
    ? undefined
    : { at: toldAt, bps: dropped.bps, pps: dropped.pps };
}
