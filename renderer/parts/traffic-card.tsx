import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Mitigation, Sample } from "../../agent/control/contract.ts";
import { withSample } from "../model/chart-series.ts";
import { mitigationDetails } from "../model/engineer.ts";
import { shortList } from "../model/format.ts";
import { sampleOf } from "../model/known.ts";
import { trafficNumbers } from "../model/traffic-numbers.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { PracticeBadge } from "./badge.tsx";
import { Chart } from "./chart.tsx";
import { EngineerDetails } from "./engineer-details.tsx";

const words = strings.home.traffic;

/** What the provider drops of one mitigation's traffic, and its curve over the last half hour. */
export function TrafficCard({ mitigation }: { readonly mitigation: Mitigation }) {
  const samples = useSamples(mitigation);
  return (
    <section class="card wide traffic">
      <h2>
        {words.title(shortList(mitigation.targets))}
        {mitigation.kind === "practice" && <PracticeBadge />}
      </h2>
      <Numbers mitigation={mitigation} />
      {samples.length > 0 && <Chart samples={samples} />}
      <EngineerDetails details={mitigationDetails(mitigation)} />
    </section>
  );
}

function Numbers({ mitigation }: { readonly mitigation: Mitigation }) {
  const { now, link } = useApp();
  const lost = link.value.tag === "lost";
  const numbers = trafficNumbers(mitigation, { now: now.value, lost });
  if (numbers === undefined) return <p class="soft">{words.waiting}</p>;
  const { big, text, old, more } = numbers;
  return (
    <p class="numbers">
      <span class="big">{big}</span>
      <span>
        {text}
        {old !== undefined && <em> {old}</em>}
      </span>
      {more !== undefined && <span class="soft">{more}</span>}
    </p>
  );
}

/** The curve so far, and then each new number as it is told. */
function useSamples(mitigation: Mitigation): readonly Sample[] {
  const { api, link } = useApp();
  const samples = useSignal<readonly Sample[]>([]);
  const { id, toldAt } = mitigation;
  const up = link.value.tag === "up";
  useEffect(() => {
    if (!up) return undefined;
    const abort = new AbortController();
    const load = async (): Promise<void> => {
      const known = await api.call("mitigation.samples", { id }, { signal: abort.signal });
      samples.value = withSample(known, sampleOf(mitigation));
    };
    load().catch(() => {}); // numbers that come later make a curve as well
    return () => abort.abort();
  }, [id, up]);
  useEffect(() => {
    samples.value = withSample(samples.peek(), sampleOf(mitigation));
  }, [toldAt]);
  return samples.value;
}
