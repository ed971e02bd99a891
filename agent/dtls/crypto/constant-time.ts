import { timingSafeEqual } from "node:crypto";

/** Whether two secrets are the same. The time tells their lengths only; different lengths are not equal. */
export function constantTimeEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Overwrites a secret that is no longer needed. Copies that the runtime made stay out of reach. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}
