import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { strings } from "../strings.ts";
import { Icon } from "./icon.tsx";
import { SEVERITY_PATHS, TOOL_PATHS } from "./icon-paths.ts";

/** Text to be used elsewhere, with a button that copies it. */
export function CopyText({ text }: { readonly text: string }) {
  const code = useRef<HTMLElement>(null);
  const copied = useSignal(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = true;
    } catch {
      // Not allowed here: it is selected instead, ready for the keyboard.
      if (code.current !== null) getSelection()?.selectAllChildren(code.current);
    }
  };
  const paths = copied.value ? SEVERITY_PATHS.good : TOOL_PATHS.copy;
  return (
    <span class="copy-text">
      <code ref={code}>{text}</code>
      <button type="button" class="icon-button" onClick={() => void copy()}>
        <Icon paths={paths} />
        <span class="visually-hidden">{strings.common.copy(text)}</span>
      </button>
      <span class="visually-hidden" role="status">
        {copied.value ? strings.common.copied : ""}
      </span>
    </span>
  );
}
