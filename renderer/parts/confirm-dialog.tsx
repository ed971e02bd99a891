import { useMemo } from "preact/hooks";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";
import { Button, type ButtonKind } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { FaultNote } from "./fault-note.tsx";

/** What is asked, and what happens then. */
export interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  readonly keep: string;
  readonly kind?: ButtonKind;
  /** The dialog closes when it resolves, and shows why when it rejects. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
}

/** Asks before something is taken away. The harmless answer comes first, and has the focus. */
export function ConfirmDialog(props: ConfirmProps) {
  const task = useMemo(() => new Task(), []);
  const { title, text, confirm, keep, kind = "danger", onConfirm, onClose } = props;
  const run = (): void =>
    void task.run(async () => {
      await onConfirm();
      onClose();
    });
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="soft">{text}</p>
      <FaultNote fault={task.fault} />
      <div class="actions end">
        <Button onClick={onClose}>{keep}</Button>
        <Button kind={kind} busy={task.busy} onClick={run}>
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}

/** The dialog for what is merely forgotten: the other answer is to cancel. */
export function RemoveDialog(props: Omit<ConfirmProps, "confirm" | "keep">) {
  return <ConfirmDialog {...props} confirm={strings.common.remove} keep={strings.common.cancel} />;
}
