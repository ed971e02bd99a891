import type { Situation } from "../model/situation.ts";
import { requestSteps } from "../model/steps.ts";
import { strings } from "../strings.ts";
import { PracticeBadge } from "./badge.tsx";
import { Facts } from "./facts.tsx";
import { Icon } from "./icon.tsx";
import { STATE_PATHS } from "./icon-paths.ts";
import { SituationActions } from "./situation-actions.tsx";
import { StepList } from "./step-list.tsx";

/** What else is true, behind the worst. */
export function OtherSituations({ situations }: { readonly situations: readonly Situation[] }) {
  if (situations.length === 0) return null;
  return (
    <section class="card wide" aria-labelledby="others-title">
      <h2 id="others-title">{strings.home.others}</h2>
      <ul class="others">
        {situations.map((one) => (
          <OtherSituation key={keyOf(one)} situation={one} />
        ))}
      </ul>
    </section>
  );
}

/** One step is enough here, and none for what is well: the panel on top has the main ones. */
function OtherSituation({ situation }: { readonly situation: Situation }) {
  const { state, tone, practice, sentence, details, mitigation } = situation;
  const calm = state === "ready" || state === "ready-practice";
  return (
    <li class={tone} data-state={state}>
      <span class="other-shape">
        <Icon paths={STATE_PATHS[state]} />
      </span>
      <div>
        <p class="other-sentence">
          {sentence} {practice && !calm && <PracticeBadge />}
        </p>
        <Facts facts={details} />
        {mitigation !== undefined && state === "asked" && (
          <StepList steps={requestSteps(mitigation)} />
        )}
      </div>
      {!calm && <SituationActions situation={quietly(situation)} named />}
    </li>
  );
}

function quietly(situation: Situation): Situation {
  const nextSteps = situation.nextSteps
    .filter(({ action }) => !action.startsWith("get-help"))
    .map((step) => ({ ...step, primary: false }));
  return { ...situation, nextSteps };
}

function keyOf({ mitigation, session, state }: Situation): string {
  return mitigation?.id ?? session?.providerId ?? state;
}
