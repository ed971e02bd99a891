import type { TestStep } from "../../agent/control/contract.ts";
import type { strings } from "../strings.ts";
import type { StepState } from "./steps.ts";

/** One step of a test as it is shown. */
export interface ShownTestStep {
  readonly step: TestStep["step"];
  readonly state: keyof (typeof strings)["providers"]["test"]["states"];
  readonly shape: StepState;
  readonly text: string;
  readonly ms: number | null;
}

const ORDER: readonly TestStep["step"][] = ["resolve", "handshake", "heartbeat"];

const SHAPES: Readonly<Record<TestStep["state"], StepState>> = {
  running: "waiting",
  ok: "done",
  failed: "failed",
  skipped: "ahead",
};

/** All steps in their order, each as it was last told; those that were not told of yet are ahead. */
export function testSteps(told: readonly TestStep[]): ShownTestStep[] {
  return ORDER.map((step) => {
    const last = told.findLast((one) => one.step === step);
    if (last === undefined) return { step, state: "ahead", shape: "ahead", text: "", ms: null };
    return { step, state: last.state, shape: SHAPES[last.state], text: last.text, ms: last.ms };
  });
}
