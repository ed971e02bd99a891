import type { Mitigation } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { ago, bitRate, byteSize, clockTime, instant, packetRate, type Millis } from "./format.ts";
import { oldSince } from "./known.ts";

/** The numbers of one mitigation as they are shown. */
export interface TrafficNumbers {
  readonly big: string;
  readonly text: string;
  /** How old they are, when that is long enough to say so. */
  readonly old: string | undefined;
  readonly more: string | undefined;
}

const words = home.traffic;

/** What the provider drops; of what is over or cannot be heard, only what was dropped. Undefined: no numbers yet. */
export function trafficNumbers(
  mitigation: Mitigation,
  { now, lost }: { readonly now: Millis; readonly lost: boolean },
): TrafficNumbers | undefined {
  const { dropped, phase, kind } = mitigation;
  if (dropped === null) return undefined;
  const practice = kind === "practice";
  if (phase === "ended" || phase === "refused") {
    return total(dropped.bytes, practice ? words.inAllPractice : words.inAll);
  }
  const told = instant(mitigation.toldAt);
  if (told !== undefined && (lost || phase === "withdrawing")) {
    const upTo = practice ? words.upToPractice : words.upTo;
    return total(dropped.bytes, upTo(clockTime(told)));
  }
  const old = oldSince(mitigation, now);
  return {
    big: bitRate(dropped.bps),
    text: practice ? words.droppedPractice : words.dropped,
    old: old === undefined ? undefined : words.asTold(ago(old, now)),
    more: words.soFar(packetRate(dropped.pps), byteSize(dropped.bytes)),
  };
}

function total(bytes: number, text: string): TrafficNumbers {
  return { big: byteSize(bytes), text, old: undefined, more: undefined };
}
