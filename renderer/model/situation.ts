import type { Mitigation, Session } from "../../agent/control/contract.ts";
import type { strings } from "../strings.ts";

/** The closed set of what can be true, for people. Each has its own shape and its own sentence. */
export type StateName = keyof (typeof strings)["home"]["otherBadge"];

/** How much it matters. Never the only carrier of a meaning. */
export type Tone = "ok" | "act" | "warn" | "bad" | "idle";

/** What can be done about it. */
export type ActionName = keyof (typeof strings)["home"]["actions"];

/** One thing to do. `id`: the provider's or the mitigation's. */
export interface NextStep {
  readonly action: ActionName;
  readonly id: string;
  /** Whether it is the one that stands out. */
  readonly primary: boolean;
}

/** One thing that is true now, in the words of a shop owner. */
export interface Situation {
  readonly state: StateName;
  readonly tone: Tone;
  /** Nothing of it is real. */
  readonly practice: boolean;
  /** Read out whenever it changes: it holds nothing that changes every second. */
  readonly sentence: string;
  readonly details: readonly string[];
  readonly nextSteps: readonly NextStep[];
  readonly mitigation?: Mitigation;
  readonly session?: Session;
}

/** The step that stands out. */
export function mainStep(action: ActionName, id = ""): NextStep {
  return { action, id, primary: true };
}

/** A step beside it. */
export function otherStep(action: ActionName, id = ""): NextStep {
  return { action, id, primary: false };
}
