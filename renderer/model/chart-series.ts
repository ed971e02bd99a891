import type { Sample } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { bitRate, clockMinute, instant, type Millis } from "./format.ts";

/** The curve's columns: seconds since the Unix epoch, and bits per second. */
export type ChartColumns = readonly [readonly number[], readonly (number | null)[]];

/** How much of the past the curve shows. */
export const CHART_MINUTES = 30;

/** Where samples are further apart than this nobody knows what was between them: the line breaks. */
const GAP_S = 90;

/** The samples with another one; nothing changes when its instant is known already. What is too old falls out. */
export function withSample(
  samples: readonly Sample[],
  next: Sample | undefined,
): readonly Sample[] {
  const last = samples.at(-1);
  if (next === undefined || (last !== undefined && next.at <= last.at)) return samples;
  const oldest = (instant(next.at) ?? 0) - CHART_MINUTES * 60_000;
  return [...samples.filter(({ at }) => (instant(at) ?? 0) >= oldest), next];
}

/** The samples as a curve. */
export function chartColumns(samples: readonly Sample[]): ChartColumns {
  const times: number[] = [];
  const rates: (number | null)[] = [];
  for (const { at, bps } of samples) {
    const time = (instant(at) ?? 0) / 1000;
    const before = times.at(-1);
    if (before !== undefined && time - before > GAP_S) {
      times.push(before + 1);
      rates.push(null);
    }
    times.push(time);
    rates.push(bps);
  }
  return [times, rates];
}

/** The curve for those who cannot see it; undefined while there is none. */
export function chartText(samples: readonly Sample[]): string | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  const highest = samples.reduce((most, one) => (one.bps > most.bps ? one : most), last);
  return home.traffic.chartText(
    bitRate(last.bps),
    bitRate(highest.bps),
    clockMinute(instant(highest.at) ?? 0),
  );
}

/** How much a curve that has just begun spans, at least. */
const LEAST_MINUTES = 3;

/**
 * The times that the curve spans, in seconds: from its first sample on, three minutes at least and the last half hour at
 * most, so that a young curve is not a spike at the edge.
 */
export function chartSpan(samples: readonly Sample[], now: Millis): readonly [number, number] {
  const first = instant(samples[0]?.at ?? null) ?? now;
  const minutes = Math.min(CHART_MINUTES, Math.max(LEAST_MINUTES, (now - first) / 60_000));
  return [(now - minutes * 60_000) / 1000, now / 1000];
}
