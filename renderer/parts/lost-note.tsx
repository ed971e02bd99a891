import { lostSentences } from "../model/lost-words.ts";
import { useApp } from "../state/app.ts";
import { Note } from "./note.tsx";

/** Says on every page that the agent is away, and how old is what the page shows. */
export function LostNote() {
  const { link, view } = useApp();
  const lost = link.value;
  if (lost.tag !== "lost") return null;
  return (
    <Note severity="bad">
      {lostSentences(lost.why, view.status?.at).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </Note>
  );
}
