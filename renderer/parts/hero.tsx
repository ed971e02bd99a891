import type { ComponentChildren } from "preact";
import type { Situation } from "../model/situation.ts";
import { requestSteps } from "../model/steps.ts";
import { PracticeBadge } from "./badge.tsx";
import { Facts } from "./facts.tsx";
import { Icon } from "./icon.tsx";
import { STATE_PATHS } from "./icon-paths.ts";
import { SituationActions } from "./situation-actions.tsx";
import { StepList } from "./step-list.tsx";

/**
 * The panel on top: one state, one sentence, the next step. Only the sentence is read out when it changes; what moves
 * every second stands outside of it.
 */
export function Hero({
  situation,
  children,
}: {
  readonly situation: Situation;
  readonly children?: ComponentChildren;
}) {
  const { state, tone, practice, sentence, details, mitigation } = situation;
  return (
    <section class={`hero ${tone}`} data-state={state} aria-labelledby="page-title">
      <div class="hero-shape">
        <Icon paths={STATE_PATHS[state]} />
      </div>
      <div class="hero-words">
        {practice && state !== "ready-practice" && <PracticeBadge />}
        <div aria-live="polite">
          <h1 id="page-title" tabIndex={-1}>
            {sentence}
          </h1>
        </div>
        <Facts facts={details} />
        {children}
      </div>
      <SituationActions situation={situation} />
      {mitigation !== undefined && <StepList steps={requestSteps(mitigation)} />}
    </section>
  );
}
