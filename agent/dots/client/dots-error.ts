/** The closed set of faults of the DOTS client. */
export type DotsErrorCode =
  | "dots/invalid-request" // what we were asked to send breaks the rules of [RFC 9132 §4.4.1]
  | "dots/bad-answer"; // the server answered with something that is no DOTS answer

/** A fault of the DOTS client. */
export class DotsError extends Error {
  override readonly name = "DotsError";
  readonly code: DotsErrorCode;
  constructor(code: DotsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
