import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";
import type { Target } from "../../agent/control/contract.ts";
import { faultSentences } from "../model/fault-sentences.ts";
import { useApp } from "../state/app.ts";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";
import { Button } from "./button.tsx";
import { RemoveDialog } from "./confirm-dialog.tsx";
import { Dialog } from "./dialog.tsx";
import { FaultNote } from "./fault-note.tsx";
import { Field } from "./field.tsx";
import { formText } from "./form-text.ts";
import { Icon } from "./icon.tsx";
import { TOOL_PATHS } from "./icon-paths.ts";

const words = strings.home.targets;

/** What has a name and can be asked for. */
export function TargetsCard() {
  const { api, view } = useApp();
  const adding = useSignal(false);
  const removing = useSignal<Target | undefined>(undefined);
  const targets = view.targets ?? [];
  const leaving = removing.value;
  const close = (): void => {
    adding.value = false;
    removing.value = undefined;
  };
  const remove = async ({ id }: Target): Promise<void> => {
    await api.call("target.remove", { target: id });
    view.removeTarget(id);
  };
  return (
    <section class="card">
      <h2>{words.title}</h2>
      {targets.length === 0 && <p class="soft">{words.none}</p>}
      <ul class="target-list">
        {targets.map((target) => (
          <TargetRow key={target.id} target={target} onRemove={() => (removing.value = target)} />
        ))}
      </ul>
      <Button onClick={() => (adding.value = true)}>
        <Icon paths={TOOL_PATHS.add} />
        {words.add}
      </Button>
      {adding.value && <AddTargetDialog onClose={close} />}
      {leaving !== undefined && (
        <RemoveDialog
          title={words.removeTitle(leaving.name)}
          text={words.removeText}
          onConfirm={() => remove(leaving)}
          onClose={close}
        />
      )}
    </section>
  );
}

function TargetRow({
  target: { name, target },
  onRemove,
}: {
  readonly target: Target;
  readonly onRemove: () => void;
}) {
  return (
    <li>
      <span>
        <b>{name}</b>
        <code>{target}</code>
      </span>
      <button
        type="button"
        class="icon-button"
        aria-label={words.removeOne(name)}
        onClick={onRemove}
      >
        <Icon paths={TOOL_PATHS.remove} />
      </button>
    </li>
  );
}

function AddTargetDialog({ onClose }: { readonly onClose: () => void }) {
  const { api, view } = useApp();
  const task = useMemo(() => new Task(), []);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const [name = "", target = ""] = formText(event.currentTarget, "name", "target");
    void task.run(async () => {
      view.addTarget(await api.call("target.add", { name, target }));
      onClose();
    });
  };
  const { fault } = task;
  const beside = fault === undefined ? undefined : faultSentences(fault).join(" ");
  const nameFault = fault?.reason === "name-taken" ? beside : undefined;
  const targetFault = fault?.reason === "bad-target" ? beside : undefined;
  return (
    <Dialog title={words.addTitle} onClose={onClose}>
      <form onSubmit={submit} onInput={() => task.forgive()}>
        <Field label={words.name} hint={words.nameHint} fault={nameFault}>
          {(input) => <input {...input} name="name" required maxLength={80} autocomplete="off" />}
        </Field>
        <Field label={words.target} hint={words.targetHint} fault={targetFault}>
          {(input) => (
            <input
              {...input}
              name="target"
              class="exact"
              required
              maxLength={300}
              autocomplete="off"
              spellcheck={false}
            />
          )}
        </Field>
        {nameFault === undefined && targetFault === undefined && <FaultNote fault={fault} />}
        <div class="actions end">
          <Button onClick={onClose}>{strings.common.cancel}</Button>
          <Button kind="primary" submits busy={task.busy}>
            {strings.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
