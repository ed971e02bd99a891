import type { TestReport, TestStep } from "../../agent/control/contract.ts";
import type { strings } from "../strings.ts";
import type { StepState } from "./steps.ts";

/** One step of a test as it is shown. */
export interface ShownTestStep {
  readonly step: TestStep["step"];
  readonly state: keyof (typeof strings)["providers"]["test"]["states"];
  readonly shape: StepState;
  /** What was found, begun as a sentence; empty where the state says it all. */
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
    const { state, ms } = last;
    const text = state === "skipped" ? "" : begun(last.text);
    return { step, state, shape: SHAPES[state], text, ms };
  });
}

/** What a failed test adds to its steps: what to do, and what was wrong where no step says it. */
export function testOutcome({ steps, fault }: TestReport): string[] {
  if (fault === null) return [];
  const said = steps.some(({ state, text }) => state === "failed" && text === fault.message);
  const sentences = said ? [fault.hint] : [fault.message, fault.hint];
  return sentences.filter((text) => text !== "").map(begun);
}

/** The agent's clause as the beginning of a sentence, with the form's word for the identity. */
function begun(text: string): string {
  const plain = text.replaceAll("PSK identity", "identity");
  return plain.charAt(0).toLocaleUpperCase() + plain.slice(1);
}
