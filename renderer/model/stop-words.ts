import type { Mitigation } from "../../agent/control/contract.ts";
import { home } from "../strings/home.ts";
import { shortList } from "./format.ts";

/** What is asked before a request is stopped. */
export interface StopWords {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
}

/** What stopping means for this request: one that never left is told to nobody, and practice stops nothing real. */
export function stopWords({ phase, sentAt, kind, provider, targets }: Mitigation): StopWords {
  const words = home.stopDialog;
  if (phase === "asking") {
    const text = sentAt === null ? words.cancelUnsent(provider) : words.cancelText(provider);
    return { title: words.cancelTitle, text, confirm: words.confirmCancel };
  }
  const text = kind === "practice" ? words.textPractice : words.text(provider);
  return { title: words.title(shortList(targets)), text, confirm: words.confirm };
}
