import { StoreError } from "../mitigation-store.ts";

/**
 * Does what SQLite is asked to do.
 * @throws {StoreError} with `code`: it failed, and `what` says at what.
 */
export function attempt<T>(code: "store/damaged" | "store/write", what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(code, `${what}: ${textOf(cause)}`, { cause });
  }
}

/** The words of anything thrown. */
export function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
