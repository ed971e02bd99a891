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

/** The connection ended while an acting call was on its way: nobody knows whether it was carried out. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
}

/** Makes what a call rejected with into something to show. */
export function callFaultOf(error: unknown): CallFault {
  if (error instanceof ControlError) {
    return { reason: error.reason, message: error.message, hint: error.hint };
  }
  return {
    reason: linkReasonOf(error),
    message: error instanceof Error ? error.message : "",
    hint: undefined,
  };
}

function linkReasonOf(error: unknown): LinkReason {
  if (error instanceof AnswerLost) return "answer-lost";
  return error instanceof ControlGone ? "agent-gone" : "unknown";
}
