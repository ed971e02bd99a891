import type { RequestStep } from "../model/steps.ts";
import { strings } from "../strings.ts";
import { Icon } from "./icon.tsx";
import { STEP_PATHS } from "./icon-paths.ts";

/** The way of a request, step by step, each with its time. */
export function StepList({ steps }: { readonly steps: readonly RequestStep[] }) {
  const words = strings.home.steps;
  return (
    <ol class="steps" aria-label={words.title}>
      {steps.map(({ name, state, time }) => (
        <li key={name} class={state} aria-current={state === "waiting" ? "step" : undefined}>
          <Icon paths={STEP_PATHS[state]} />
          <span>
            <b>{name}</b>
            <span class="visually-hidden">{words.states[state]}</span>
            <time>{time}</time>
          </span>
        </li>
      ))}
    </ol>
  );
}
