/** The closed set of what this machine's user has to put right before anything can start. Scripts know these codes. */
export type SetupErrorCode =
  | "certificate" // a file of a certificate, its key or its passphrase that cannot be used
  | "config" // a configuration file that cannot be used
  | "control" // no place for the control socket that could be trusted
  | "data-dir" // the data directory, or a part of it, can be neither made nor written
  | "psk-file" // a key file that cannot be read, or holds no key
  | "session-file"; // a file for sessions that holds something else, or cannot be read

/** What a `SetupError` may be given besides its words. */
export interface SetupErrorOptions extends ErrorOptions {
  /** What to try next. */
  readonly hint?: string;
}

/** A fault of what was set up: files and folders. The message is for a person and never holds key material. */
export class SetupError extends Error {
  override readonly name = "SetupError";
  readonly code: SetupErrorCode;
  /** What to try next. */
  readonly hint: string | undefined;
  constructor(code: SetupErrorCode, message: string, options: SetupErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }
}
