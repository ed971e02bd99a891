import type { Status } from "../../agent/control/contract.ts";
import type { Millis } from "../../agent/net/ports.ts";
import { homeState } from "../../renderer/model/home-state.ts";
import type { Known } from "../../renderer/model/known.ts";
import type { LinkState } from "../../renderer/model/link-state.ts";
import type { StateName } from "../../renderer/model/situation.ts";
import type { HostState } from "./agent-restarts.ts";

/** The tray icon's shapes: a state is never told by colour alone. */
export const SHAPES = ["off", "ready", "asking", "filtering", "attention"] as const;

export type Shape = (typeof SHAPES)[number];

/** What is true now, as small as it can be said. */
export interface ShellState {
  readonly shape: Shape;
  /** The interface's own: the tray and the window never say different things. */
  readonly sentence: string;
}

/** All that it is made of. */
export interface ShellFacts {
  readonly link: LinkState;
  /** Undefined until the agent has told. */
  readonly status: Known<Status> | undefined;
  /** Since the Unix epoch. */
  readonly now: Millis;
}

/** Practice protects nobody, and looks like that. */
const PRACTICE: Shape = "off";

const SHAPE_OF: Readonly<Record<StateName, Shape>> = {
  connecting: "off",
  "no-agent": "off",
  "signed-out": "off",
  "other-version": "off",
  "not-set-up": "off",
  ready: "ready",
  "ready-practice": PRACTICE,
  ended: "ready",
  asked: "asking",
  accepted: "asking",
  stopping: "asking",
  filtering: "filtering",
  "attack-over": "filtering",
  degraded: "attention",
  refused: "attention",
};

/** What the tray says. */
export function shellStateOf({ link, status, now }: ShellFacts): ShellState {
  const { state, sentence, practice } = homeState({
    link,
    status: link.tag === "up" ? status : undefined,
    targets: [],
    putAside: new Set(),
    now,
  });
  return { shape: practice ? PRACTICE : SHAPE_OF[state], sentence };
}

/** The connection to the agent as the interface would see it, which began to be lost at `since`. */
export function linkOf(state: HostState, since: Millis): LinkState {
  switch (state.tag) {
    case "running":
      return { tag: "up" };
    case "starting":
      return state.failures === 0 ? { tag: "connecting" } : { tag: "lost", why: "no-agent", since };
    case "waiting":
    case "stopping":
    case "stopped":
      return { tag: "lost", why: "no-agent", since };
  }
}
