import type { Millis } from "./format.ts";

/** Why there is no agent to talk to. */
export type LostWhy =
  | "no-agent" // nobody answers
  | "signed-out" // an agent answers, but this page may not talk to it any more
  | "other-version"; // an agent answers that this page does not understand

/** The connection to the agent, as pages see it. */
export type LinkState =
  | { readonly tag: "connecting" }
  | { readonly tag: "up" }
  | { readonly tag: "lost"; readonly why: LostWhy; readonly since: Millis };
