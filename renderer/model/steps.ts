import type { Mitigation } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { clockTime, instant } from "./format.ts";

/** How far one step of a request has come. */
export type StepState = keyof (typeof home)["steps"]["states"];

/** One step, from being kept here to being filtered there. */
export interface RequestStep {
  readonly name: string;
  readonly state: StepState;
  /** When it was done, `14:02:07`. */
  readonly time: string | undefined;
}

/** The way of a request: each step has its time once it is done, and exactly one is waited for while it lives. */
export function requestSteps(mitigation: Mitigation): RequestStep[] {
  const { kept, sent, accepted, filtering } = home.steps;
  const named: readonly (readonly [string, string | null])[] = [
    [kept, mitigation.requestedAt],
    [sent, mitigation.sentAt],
    [accepted, mitigation.acceptedAt],
    [filtering, mitigation.filteringAt],
  ];
  const reached = named.findLastIndex(([, at]) => at !== null);
  const steps = named.map(([name, at], index): RequestStep => {
    const time = timeOf(at);
    if (index <= reached) return { name, state: "done", time };
    return { name, state: index === reached + 1 ? "waiting" : "ahead", time };
  });
  return isOver(mitigation) ? [...steps.slice(0, reached + 1), ...lastStep(mitigation)] : steps;
}

function isOver({ phase }: Mitigation): boolean {
  return phase === "refused" || phase === "ended" || phase === "withdrawing";
}

function lastStep({ phase, endedAt }: Mitigation): RequestStep[] {
  const time = timeOf(endedAt);
  if (phase === "refused") return [{ name: home.steps.refused, state: "failed", time }];
  return [{ name: home.steps.stopped, state: phase === "ended" ? "done" : "waiting", time }];
}

function timeOf(at: string | null): string | undefined {
  const millis = instant(at);
  return millis === undefined ? undefined : clockTime(millis);
}
