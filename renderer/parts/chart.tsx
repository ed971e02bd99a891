import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Sample } from "../../agent/control/contract.ts";
import { chartColumns, chartSpan, chartText } from "../model/chart-series.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import type { Curve } from "./curve.ts";

/**
 * The curve of what was dropped. What draws it is loaded when the first one is needed: a page without a mitigation
 * does without.
 */
export function Chart({ samples }: { readonly samples: readonly Sample[] }) {
  const { now } = useApp();
  const place = useRef<HTMLDivElement>(null);
  const curve = useRef<Curve>(null);
  const failed = useSignal(false);
  const latest = useRef({ samples, now: now.value });
  latest.current = { samples, now: now.value };
  const show = (): void => {
    const { samples: drawn, now: until } = latest.current;
    curve.current?.show(chartColumns(drawn), chartSpan(drawn, until));
  };
  useEffect(() => {
    let gone = false;
    const draw = async (): Promise<void> => {
      const { Curve: Drawn } = await import("./curve.ts");
      if (gone || place.current === null) return;
      curve.current = new Drawn(place.current);
      show();
    };
    draw().catch(() => (failed.value = true));
    return () => {
      gone = true;
      curve.current?.close();
      curve.current = null;
    };
  }, []);
  useEffect(show, [samples, now.value]);
  const words = chartText(samples);
  return failed.value ? (
    <p class="soft">{strings.home.traffic.chartFailed}</p>
  ) : (
    <div class="chart" role="img" aria-label={words} ref={place} />
  );
}
