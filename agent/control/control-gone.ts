/** The closed set of ways in which there is no agent to talk to. */
export type ControlGoneCode =
  | "not-running" // nobody listens where the agent would
  | "lost" // the connection ended
  | "silent" // connected, but there was no answer in time
  | "not-mayday" // something answers that is not this agent
  | "other-version" // an agent whose contract is not ours
  | "not-allowed" // the system does not let us connect
  | "untrusted"; // somebody else could be listening there

/**
 * There is no agent to talk to, or none that can be trusted: as opposed to a `ControlError`, which is an agent's answer.
 * A call that was under way may have been carried out.
 */
export class ControlGone extends Error {
  override readonly name = "ControlGone";
  readonly code: ControlGoneCode;
  constructor(code: ControlGoneCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
