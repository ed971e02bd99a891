import { useMemo } from "preact/hooks";
import { useApp } from "../state/app.ts";
import { Task } from "../state/task.ts";
import { strings } from "../strings.ts";
import { Button } from "./button.tsx";
import { FaultNote } from "./fault-note.tsx";
import { Icon } from "./icon.tsx";
import { STATE_PATHS } from "./icon-paths.ts";

/** Adds the practice provider in one click. */
export function TryPractice() {
  const { api, view } = useApp();
  const task = useMemo(() => new Task(), []);
  const add = (): void =>
    void task.run(async () => view.addProvider(await api.call("provider.addPractice", {})));
  return (
    <>
      <Button busy={task.busy} onClick={add}>
        <Icon paths={STATE_PATHS["ready-practice"]} />
        {strings.providers.addPractice}
      </Button>
      <FaultNote fault={task.fault} />
    </>
  );
}
