import type { Mitigation } from "../../agent/control/contract.ts";
import { mitigationDetails } from "../model/engineer.ts";
import { mitigationSituation } from "../model/mitigation-situation.ts";
import { hashOf } from "../model/route.ts";
import type { Millis } from "../model/format.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { LinkButton } from "./button.tsx";
import { EngineerDetails } from "./engineer-details.tsx";
import { Hero } from "./hero.tsx";
import { LostNote } from "./lost-note.tsx";
import { ScopeTable } from "./scope-table.tsx";
import { TrafficCard } from "./traffic-card.tsx";

const words = strings.help.request;

/** How one request goes, step by step, while it goes. */
export function RequestView({
  mitigation,
  told,
}: {
  readonly mitigation: Mitigation;
  readonly told: Millis;
}) {
  const { view, now, link } = useApp();
  const session = view.status?.value.sessions.find(
    ({ provider }) => provider === mitigation.provider,
  );
  const lost = link.value.tag === "lost" ? link.value.why : undefined;
  const situation = mitigationSituation(mitigation, { session, told, now: now.value, lost });
  const nextSteps = situation.nextSteps.filter(({ action }) => action !== "put-aside");
  return (
    <>
      <LostNote />
      <Hero situation={{ ...situation, nextSteps }} />
      <div class="cards">
        {mitigation.dropped !== null && <TrafficCard mitigation={mitigation} />}
        <section class="card wide">
          <h2>{words.title}</h2>
          <p class="asked-for">{mitigation.targets.join(", ")}</p>
          <ScopeTable scope={mitigation.scope} />
          {mitigation.dropped === null && (
            <EngineerDetails details={mitigationDetails(mitigation)} />
          )}
        </section>
      </div>
      <div class="actions">
        <LinkButton to={hashOf("help")}>{words.another}</LinkButton>
        <LinkButton to={hashOf("home")}>{strings.common.unknownPage.home}</LinkButton>
      </div>
    </>
  );
}
