import type { CallInput, TestReport, TestStep } from "../control/contract.ts";
import { testFault } from "./control-exit.ts";
import type { ControlEnvironment } from "./control-environment.ts";
import { conclude, withAgent, type AgentFlags } from "./control-session.ts";
import { LiveLine } from "./live-line.ts";
import { harmless } from "./plain.ts";

/** `mayday provider test`: each step is told as soon as it is done, with `--json` all of them at the end. */
export async function testProvider(
  environment: ControlEnvironment,
  flags: AgentFlags,
  what: CallInput<"provider.test">,
): Promise<void> {
  const { output, watched } = environment;
  const isText = flags.json !== true;
  const live = new LiveLine(output, watched && isText);
  const told = new Set<TestStep["step"]>();
  const tellStep = (step: TestStep): void => {
    if (step.state === "running") {
      live.show(`… ${harmless(step.text)}`);
      return;
    }
    live.clear();
    if (isText && !told.has(step.step)) output.stdout(stepLine(step));
    told.add(step.step);
  };
  let report: TestReport;
  try {
    report = await withAgent(environment, flags, (agent) =>
      agent.call("provider.test", what, tellStep),
    );
  } finally {
    live.clear();
  }
  for (const step of report.steps) if (step.state !== "running") tellStep(step);
  conclude(environment, flags, report, endText, testFault(report));
}

function endText({ ok }: TestReport): string {
  return ok ? "The provider can be called.\n" : "";
}

const MARKS: Readonly<Record<TestStep["state"], string>> = {
  running: "…",
  ok: "✓",
  failed: "✗",
  skipped: "-",
};

function stepLine({ step, state, text }: TestStep): string {
  return `${MARKS[state]} ${step.padEnd(9)}  ${harmless(text)}\n`;
}
