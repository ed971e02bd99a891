/** The closed set of ways in which the control socket cannot be listened at. */
export type ControlListenErrorCode =
  | "in-use" // an agent is running already
  | "bad-path" // too long for a socket, or something else is there, which is left alone
  | "not-allowed" // the system refuses: permissions
  | "failed"; // the system refuses for another reason

/** The agent cannot be reached: its socket cannot be made. The message is for a person. */
export class ControlListenError extends Error {
  override readonly name = "ControlListenError";
  readonly code: ControlListenErrorCode;
  /** What to try next. */
  readonly hint: string | undefined;
  constructor(
    code: ControlListenErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }
}
