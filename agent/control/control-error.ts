import type { Reason } from "./contract.ts";

/** What a `ControlError` is made of. */
export interface ControlFault {
  readonly reason: Reason;
  /** One sentence for a person. Never holds key material. */
  readonly message: string;
  /** What to try next. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** A call that was refused or failed. Thrown by handlers and by clients alike: `reason` travels. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly reason: Reason;
  readonly hint: string | undefined;

  constructor(fault: ControlFault) {
    super(fault.message, fault.cause === undefined ? undefined : { cause: fault.cause });
    this.reason = fault.reason;
    this.hint = fault.hint;
  }
}
