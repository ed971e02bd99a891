import type { Tone } from "../model/situation.ts";
import { strings } from "../strings.ts";
import { Icon } from "./icon.tsx";
import { STATE_PATHS } from "./icon-paths.ts";

/** A word in a frame, with a shape of its own. */
export function Badge({
  tone,
  paths,
  words,
}: {
  readonly tone: Tone;
  readonly paths?: readonly string[];
  readonly words: string;
}) {
  return (
    <span class={`badge ${tone}`}>
      {paths !== undefined && <Icon paths={paths} />}
      {words}
    </span>
  );
}

/** Marks everything that is not real. */
export function PracticeBadge() {
  return (
    <span class="badge practice">
      <Icon paths={STATE_PATHS["ready-practice"]} />
      {strings.common.practice}
    </span>
  );
}
