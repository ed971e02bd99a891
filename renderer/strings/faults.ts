import type { CommonReason, Reason } from "../../agent/control/contract.ts";

/** Why a call failed on this side of the connection. */
export type LinkReason = "agent-gone" | "answer-lost" | "unknown";

/** How a failed call is told. */
export interface FaultWords {
  readonly words: string;
  /** Whether the agent's own sentence says more, and is shown as well. */
  readonly quote: boolean;
}

const plain = (words: string): FaultWords => ({ words, quote: false });
const quoted = (words: string): FaultWords => ({ words, quote: true });

const common: Readonly<Record<CommonReason | LinkReason, FaultWords>> = {
  "invalid-input": quoted("The agent could not use what was typed."),
  "unknown-method": plain("This page and the agent do not fit together. Reload the page."),
  "not-allowed": plain("This page may look, but not change anything."),
  busy: plain("Too much at once. Try again in a moment."),
  "store-failed": quoted("It could not be kept on this computer, so it was not done."),
  stopping: plain("The agent is ending. Try again when it is back."),
  internal: plain("Mayday had a fault of its own. What happened is in its log."),
  "agent-gone": plain("Mayday's agent cannot be reached. Try again when it is back."),
  "answer-lost": plain(
    "The agent was lost before it answered. It may have gone out. Asking again is safe: it stays one request.",
  ),
  unknown: plain("Something unexpected went wrong. Try again."),
};

/** Every reason there is, in plain words: a new one does not compile until it is here. */
export const faults: Readonly<Record<Reason | LinkReason, FaultWords>> = {
  ...common,
  "no-such-provider": plain("This provider is no longer there."),
  "name-taken": quoted("This name cannot be used. Choose another one."),
  "bad-server": quoted("This is no server that Mayday can use."),
  "bad-key": quoted("This key cannot be used."),
  "bad-certificate": quoted("These certificates cannot be used."),
  "provider-known": plain("This provider is in your list already, under another name."),
  "practice-failed": quoted("The practice provider could not be started."),
  "provider-in-use": quoted("This provider still helps you. Stop the help first."),
  "bad-target": quoted("This cannot be asked for."),
  "no-such-target": plain("This target is no longer in your list."),
  "no-provider": plain("There is no provider to ask yet."),
  "which-provider": plain("Choose which provider to ask."),
  "too-many": plain("Too many requests are active. Stop one of them first."),
  "already-asked": plain("This was asked for already. Home shows how it stands."),
  "ids-exhausted": plain(
    "This provider can take no more requests from this computer. Add it anew.",
  ),
  "no-such-mitigation": plain("This request is no longer known."),
  "console-off": plain("The agent's pages in the browser are switched off."),
};
