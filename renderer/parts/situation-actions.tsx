import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { shortList } from "../model/format.ts";
import { hashOf } from "../model/route.ts";
import type { ActionName, NextStep, Situation } from "../model/situation.ts";
import { useApp, type App } from "../state/app.ts";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";
import { Button, LinkButton, type ButtonKind } from "./button.tsx";
import { FaultNote } from "./fault-note.tsx";
import { StopDialog } from "./stop-dialog.tsx";

/** Steps that lead to another page. */
const LEADS_TO: Readonly<Partial<Record<ActionName, (id: string) => string>>> = {
  "find-provider": () => hashOf("providers", "add"),
  "set-up-real": () => hashOf("providers", "add"),
  "get-help": () => hashOf("help"),
  "get-help-anyway": () => hashOf("help"),
  "get-help-again": () => hashOf("help"),
  "practise-help": () => hashOf("help"),
  "choose-other-targets": () => hashOf("help"),
  diagnose: (id) => hashOf("providers", "test", id),
};

/** What can be done about a situation. */
export function SituationActions({
  situation,
  named = false,
}: {
  readonly situation: Situation;
  /** Whether buttons say what they are about to those who cannot see where they stand. */
  readonly named?: boolean;
}) {
  const app = useApp();
  const task = useMemo(() => new Task(), []);
  const stopping = useSignal(false);
  const { nextSteps, mitigation } = situation;
  if (nextSteps.length === 0) return null;
  const act = (step: NextStep): void => {
    if (step.action === "stop" || step.action === "cancel") stopping.value = true;
    else void task.run(() => carryOut(app, step));
  };
  return (
    <div class="situation-actions">
      <div class="actions">
        {nextSteps.map((step) => (
          <StepButton
            key={step.action}
            step={step}
            busy={task.busy}
            about={named && mitigation !== undefined ? shortList(mitigation.targets) : undefined}
            act={() => act(step)}
          />
        ))}
      </div>
      <FaultNote fault={task.fault} />
      {stopping.value && mitigation !== undefined && (
        <StopDialog mitigation={mitigation} onClose={() => (stopping.value = false)} />
      )}
    </div>
  );
}

function StepButton({
  step: { action, id, primary },
  busy,
  about,
  act,
}: {
  readonly step: NextStep;
  readonly busy: boolean;
  readonly about: string | undefined;
  readonly act: () => void;
}) {
  const kind: ButtonKind = primary ? "primary" : "quiet";
  const words = strings.home.actions[action];
  const to = LEADS_TO[action];
  if (to !== undefined) {
    return (
      <LinkButton kind={kind} to={to(id)}>
        {words}
      </LinkButton>
    );
  }
  return (
    <Button kind={kind} busy={busy} about={about} onClick={act}>
      {words}
    </Button>
  );
}

async function carryOut({ api, view }: App, { action, id }: NextStep): Promise<void> {
  if (action === "try-practice") view.addProvider(await api.call("provider.addPractice", {}));
  else if (action === "put-aside") view.takeNote(id);
  else if (action === "reload") location.reload();
}
