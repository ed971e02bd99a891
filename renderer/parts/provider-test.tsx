import { useEffect, useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { CallInput, TestReport, TestStep } from "../../agent/control/contract.ts";
import { millis } from "../model/format.ts";
import { testOutcome, testSteps } from "../model/test-steps.ts";
import { useApp } from "../state/app.ts";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";
import { FaultNote } from "./fault-note.tsx";
import { Icon } from "./icon.tsx";
import { STEP_PATHS } from "./icon-paths.ts";
import { Note } from "./note.tsx";

const words = strings.providers.test;

/** A test that runs, or that ran. */
export interface ProviderTest {
  readonly task: Task;
  readonly steps: readonly TestStep[];
  readonly report: TestReport | undefined;
  /** Whether there is anything to show. */
  readonly begun: boolean;
  run(input: CallInput<"provider.test">): void;
}

/** Tests a provider, step by step. The test ends with the component that began it. */
export function useProviderTest(): ProviderTest {
  const { api } = useApp();
  const task = useMemo(() => new Task(), []);
  const abort = useMemo(() => new AbortController(), []);
  const steps = useSignal<readonly TestStep[]>([]);
  const report = useSignal<TestReport | undefined>(undefined);
  const begun = useSignal(false);
  useEffect(() => () => abort.abort(), []);
  const test = async (input: CallInput<"provider.test">): Promise<void> => {
    begun.value = true;
    steps.value = [];
    report.value = undefined;
    const onProgress = (step: TestStep): void => {
      steps.value = [...steps.value, step];
    };
    report.value = await api.call("provider.test", input, { onProgress, signal: abort.signal });
  };
  return {
    task,
    steps: steps.value,
    report: report.value,
    begun: begun.value,
    run: (input) => void task.run(() => test(input)),
  };
}

/** Each step of a test as it goes, and what came of it. */
export function ProviderTestView({ test }: { readonly test: ProviderTest }) {
  const { task, steps, report, begun } = test;
  if (!begun) return null;
  return (
    <div class="test" aria-live="polite">
      <h3>{words.title}</h3>
      {task.fault === undefined && (
        <ol class="test-steps">
          {testSteps(report?.steps ?? steps).map(({ step, state, shape, text, ms }) => (
            <li key={step} class={shape}>
              <Icon paths={STEP_PATHS[shape]} />
              <span>
                <b>{words.steps[step]}</b>{" "}
                <span class={text === "" && state !== "ahead" ? "soft" : "visually-hidden"}>
                  {words.states[state]}{" "}
                </span>
                <span class="soft">{text}</span>
              </span>
              {ms !== null && <span class="soft exact">{millis(ms)}</span>}
            </li>
          ))}
        </ol>
      )}
      <FaultNote fault={task.fault} />
      {report !== undefined && <Outcome report={report} />}
    </div>
  );
}

function Outcome({ report }: { readonly report: TestReport }) {
  if (report.ok) return <Note severity="good">{words.passed}</Note>;
  const sentences = testOutcome(report);
  return (
    <Note severity="bad">
      {(sentences.length === 0 ? [words.failed] : sentences).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </Note>
  );
}
