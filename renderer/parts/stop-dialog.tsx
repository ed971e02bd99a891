import type { Mitigation } from "../../agent/control/contract.ts";
import { shortList } from "../model/format.ts";
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
  const words = strings.home.stopDialog;
  const { id, provider, phase, targets } = mitigation;
  const asking = phase === "asking";
  return (
    <ConfirmDialog
      title={asking ? words.cancelTitle : words.title(shortList(targets))}
      text={asking ? words.cancelText(provider) : words.text(provider)}
      confirm={asking ? words.confirmCancel : words.confirm}
      keep={words.keep}
      onConfirm={async () => void (await api.call("mitigation.withdraw", { id }))}
      onClose={onClose}
    />
  );
}
