import { ControlError } from "../../agent/control/control-error.ts";
import { ControlGone } from "../../agent/control/control-gone.ts";
import type { Reason } from "../../agent/control/contract.ts";
import type { LinkReason } from "../strings/faults.ts";

/** A failed call as it is shown where it happened. */
export interface CallFault {
  readonly reason: Reason | LinkReason;
  /** The agent's own sentence. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** Makes what a call rejected with into something to show. */
export function callFaultOf(error: unknown): CallFault {
  if (error instanceof ControlError) {
    return { reason: error.reason, message: error.message, hint: error.hint };
  }
  const reason = error instanceof ControlGone ? "agent-gone" : "unknown";
  return { reason, message: error instanceof Error ? error.message : "", hint: undefined };
}
