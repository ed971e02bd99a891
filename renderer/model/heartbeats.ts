import type { Session } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { ago, elapsed, instant, millis, type Millis } from "./format.ts";

/** One bar of the strip. */
export interface BeatBar {
  readonly missed: boolean;
  /** Height, 0 to 1, of an answered heartbeat: slower is higher. */
  readonly height: number;
}

/** What the strip of heartbeats shows and says. */
export interface BeatStrip {
  readonly bars: readonly BeatBar[];
  /** `118 of 120 answered`, `19 ms`, … */
  readonly facts: readonly string[];
  /** `last 55 minutes` */
  readonly over: string | undefined;
  readonly accessible: string;
}

/** More bars than this are too thin to be seen. */
const MOST_BARS = 60;
const LOWEST = 0.3;
const HIGHEST = 0.7;
/** A bar is highest at this many times the usual round trip: one slow answer must not make dwarfs of the others. */
const SLOW = 3;

/** The recent heartbeats of one session. Numbers are of all that are known, bars of the latest. */
export function beatStrip({ provider, heartbeat, rttMs }: Session, now: Millis): BeatStrip {
  const { recent } = heartbeat;
  const answered = recent.filter((beat) => beat.rttMs !== null).length;
  const rtt = rttMs === null ? undefined : millis(rttMs);
  const slow = SLOW * usualMs(recent);
  const lastMissed = instant(recent.findLast((beat) => beat.rttMs === null)?.at ?? null);
  const oldest = instant(recent[0]?.at ?? null);
  const { summary, none, accessible } = home.heartbeats;
  return {
    bars: recent.slice(-MOST_BARS).map(({ rttMs: took }) => ({
      missed: took === null,
      height: took === null ? 1 : LOWEST + (HIGHEST - LOWEST) * Math.min(1, took / slow),
    })),
    facts:
      recent.length === 0
        ? [none]
        : [
            summary(answered, recent.length),
            ...(rtt === undefined ? [] : [rtt]),
            ...(lastMissed === undefined ? [] : [home.heartbeats.lastMissed(ago(lastMissed, now))]),
          ],
    over:
      oldest === undefined || recent.length < 2
        ? undefined
        : home.heartbeats.over(elapsed(oldest, now)),
    accessible: accessible(provider, answered, recent.length, rtt),
  };
}

/** The median round trip; 1 ms at least, since it divides. */
function usualMs(beats: Session["heartbeat"]["recent"]): Millis {
  const took = beats
    .flatMap(({ rttMs }) => (rttMs === null ? [] : [rttMs]))
    .toSorted((a, b) => a - b);
  return Math.max(1, took[Math.floor(took.length / 2)] ?? 1);
}
