import type { Mitigation, Status } from "../../../agent/control/contract.ts";
import { aMitigation, aSession, aStatus, SAMPLE_INSTANT } from "../../support/control-samples.ts";

/** An agent with one provider, which is well. */
export function ready(more: Partial<Status> = {}): Status {
  return aStatus({ sessions: [aSession()], ...more });
}

/** A mitigation that is no more. */
export function ended(outcome: NonNullable<Mitigation["outcome"]>): Mitigation {
  return aMitigation({ phase: "ended", outcome, endedAt: SAMPLE_INSTANT });
}
