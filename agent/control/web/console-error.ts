/** The closed set of why the web console cannot be had. */
export type WebConsoleErrorCode =
  | "console/port-in-use" // another program listens there, and no other port would do
  | "console/cannot-listen" // the system's words are in the message
  | "console/short-secret" // a login could be forged
  | "console/file"; // console.json can be neither read nor written

/** A fault of setting the web console up. The message is for a person and never holds a secret. */
export class WebConsoleError extends Error {
  override readonly name = "WebConsoleError";
  readonly code: WebConsoleErrorCode;

  constructor(code: WebConsoleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
