import type { Mitigation } from "../../agent/control/contract.ts";
import { stopWords } from "../model/stop-words.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";

/** Asks before a request is withdrawn. */
export function StopDialog({
  mitigation,
  onClose,
}: {
  readonly mitigation: Mitigation;
  readonly onClose: () => void;
}) {
  const { api } = useApp();
  const { title, text, confirm } = stopWords(mitigation);
  const { id } = mitigation;
  return (
    <ConfirmDialog
      title={title}
      text={text}
      confirm={confirm}
      keep={strings.home.stopDialog.keep}
      onConfirm={async () => void (await api.call("mitigation.withdraw", { id }))}
      onClose={onClose}
    />
  );
}
