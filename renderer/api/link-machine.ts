import type { Millis } from "../model/format.ts";
import type { LinkState, LostWhy } from "../model/link-state.ts";

/**
 * The connection to the agent: dialled again for as long as the page is open, and asked now and then whether it still
 * answers, since an agent that hangs keeps its sockets.
 *
 *   idle --start--> dialling --opened--> up --due--> probing --answered--> up
 *                     ^  |                |             |
 *                     |  failed           ended         ended, silent
 *                     |  v                v             v
 *                     +--due-- waiting <--+-------------+
 */
export type LinkPhase =
  | { readonly tag: "idle" }
  | { readonly tag: "dialling"; readonly tries: number; readonly lost: Lost | undefined }
  | { readonly tag: "up" }
  | { readonly tag: "probing" }
  | { readonly tag: "waiting"; readonly tries: number; readonly lost: Lost };

interface Lost {
  readonly why: LostWhy;
  readonly since: Millis;
}

/** `at` is wall-clock time. */
export type LinkInput =
  | { readonly tag: "start" }
  | { readonly tag: "opened" }
  | { readonly tag: "failed"; readonly why: LostWhy; readonly at: Millis }
  /** The connection ended by itself. */
  | { readonly tag: "ended"; readonly why: LostWhy; readonly at: Millis }
  | { readonly tag: "due" }
  | { readonly tag: "answered" }
  | { readonly tag: "silent"; readonly at: Millis };

export type LinkEffect =
  | { readonly tag: "dial" }
  | { readonly tag: "probe" }
  | { readonly tag: "hang-up" }
  /** Arms the one timer anew, in place of the one that runs. */
  | { readonly tag: "arm"; readonly delayMs: Millis };

type Step = readonly [LinkPhase, readonly LinkEffect[]];

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 2000;

/** How often a quiet connection is asked. */
export const PROBE_EVERY_MS = 10_000;

/** A page that is being opened. */
export const IDLE: LinkPhase = { tag: "idle" };

const ARM_PROBE: LinkEffect = { tag: "arm", delayMs: PROBE_EVERY_MS };

/** Pure and total: an input that does not fit its phase, such as a late answer, changes nothing. */
export function step(phase: LinkPhase, input: LinkInput): Step {
  switch (phase.tag) {
    case "idle":
      return input.tag === "start" ? dial(0, undefined) : stay(phase);
    case "dialling":
      if (input.tag === "opened") return [{ tag: "up" }, [ARM_PROBE]];
      return input.tag === "failed" ? wait(phase.tries, input, phase.lost) : stay(phase);
    case "up":
      if (input.tag === "due") return [{ tag: "probing" }, [{ tag: "probe" }]];
      return input.tag === "ended" ? wait(0, input) : stay(phase);
    case "probing":
      return onAnswer(phase, input);
    case "waiting":
      return input.tag === "due" ? dial(phase.tries + 1, phase.lost) : stay(phase);
  }
}

function onAnswer(phase: LinkPhase, input: LinkInput): Step {
  if (input.tag === "answered") return [{ tag: "up" }, [ARM_PROBE]];
  if (input.tag === "ended") return wait(0, input);
  if (input.tag !== "silent") return stay(phase);
  return wait(0, { why: "no-agent", at: input.at }, undefined, [{ tag: "hang-up" }]);
}

function stay(phase: LinkPhase): Step {
  return [phase, []];
}

function dial(tries: number, lost: Lost | undefined): Step {
  return [{ tag: "dialling", tries, lost }, [{ tag: "dial" }]];
}

/** The agent counts as lost since it first was: tries that fail do not make the loss younger. */
function wait(
  tries: number,
  input: { readonly why: LostWhy; readonly at: Millis },
  before?: Lost,
  effects: readonly LinkEffect[] = [],
): Step {
  const lost = { why: input.why, since: before?.since ?? input.at };
  const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);
  return [{ tag: "waiting", tries, lost }, [...effects, { tag: "arm", delayMs }]];
}

/** What pages are shown of it. */
export function linkStateOf(phase: LinkPhase): LinkState {
  switch (phase.tag) {
    case "up":
    case "probing":
      return { tag: "up" };
    case "idle":
      return { tag: "connecting" };
    case "dialling":
      return phase.lost === undefined ? { tag: "connecting" } : { tag: "lost", ...phase.lost };
    case "waiting":
      return { tag: "lost", ...phase.lost };
  }
}
