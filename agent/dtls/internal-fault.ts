import { DtlsError } from "./session.ts";

/** How an association ends upon an error that nothing here should throw; `cause` tells what it was. */
export function internalFault(cause: unknown): DtlsError {
  return new DtlsError("dtls/protocol", "an internal fault", { cause });
}
