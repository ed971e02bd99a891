import type { MitigationScope } from "../../wire/cbor/types.ts";
import { MAX_UINT32 } from "../signal/paths.ts";
import { readScope } from "../signal/scope.ts";
import { DotsError } from "./dots-error.ts";

/**
 * What a client can check itself: what breaks the rules of `signal/scope.ts` is refused before it is sent, in
 * words for the person who asked. Whether a target is the client's own is the server's to say.
 */

/**
 * Checks what a PUT is about to carry. [RFC 9132 §4.4.1.1]
 * @throws {DotsError} `dots/invalid-request`; the message names the attribute and the value.
 */
export function validateScope(scope: MitigationScope): void {
  const wish = readScope(scope, "request");
  if (typeof wish === "string") throw invalid(wish);
}

/**
 * Checks what names a mitigation.
 * @throws {DotsError} `dots/invalid-request`
 */
export function validateMid(mid: number): void {
  if (!Number.isInteger(mid) || mid < 0 || mid > MAX_UINT32) {
    throw invalid(`mid ${mid}: not 0 to ${MAX_UINT32}`);
  }
}

function invalid(message: string): DotsError {
  return new DotsError("dots/invalid-request", message);
}
