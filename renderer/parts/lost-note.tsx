import { clockTime } from "../model/format.ts";
import { useApp } from "../state/app.ts";
import { strings } from "../strings.ts";
import { Note } from "./note.tsx";

/** Says on every page that the agent is away, and how old is what the page shows. */
export function LostNote() {
  const { link, view } = useApp();
  const lost = link.value;
  if (lost.tag !== "lost") return null;
  const known = view.status !== undefined;
  return (
    <Note severity="bad">
      {known && <p>{strings.common.lost.note(clockTime(lost.since))}</p>}
      <p>{strings.common.lost.waiting}</p>
    </Note>
  );
}
