import type { Mitigation, Status } from "../../agent/control/contract.ts";
import { words } from "./words.ts";

/** What becomes of the app when its window is closed. */
export type Closing =
  | "hide" // it goes on: in the tray, or in the dock
  | "quit"
  | "ask"; // quit if the user agrees: help is active

/**
 * What closing the window does. Where there is a tray, or on macOS, the app goes on, as its icon shows; where nothing
 * would show that it is there, it ends, and says first what that means while help is active.
 */
export function onWindowClosed(
  platform: NodeJS.Platform,
  hasTray: boolean,
  status: Status | undefined,
): Closing {
  if (platform === "darwin" || hasTray) return "hide";
  return onQuit(status);
}

/** What "Quit" does. */
export function onQuit(status: Status | undefined): "quit" | "ask" {
  return activeHelp(status).length > 0 ? "ask" : "quit";
}

/** The question, for a message box; `cancelId` is what Esc means. */
export function quitQuestion(status: Status | undefined) {
  const targets = [...new Set(activeHelp(status).flatMap((one) => one.targets))];
  return {
    type: "warning" as const,
    message: words.quit.message,
    detail: words.quit.detail(words.list(targets)),
    buttons: [words.quit.keep, words.quit.confirm],
    defaultId: 0,
    cancelId: 0,
  };
}

/** Which of its buttons quits. */
export const QUIT_BUTTON = 1;

/** Practice protects nobody: it may end at any time. */
function activeHelp(status: Status | undefined): readonly Mitigation[] {
  return (status?.mitigations ?? []).filter(({ kind }) => kind === "provider");
}
