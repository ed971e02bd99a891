import type { Reason } from "./contract.ts";

/**
 * Every reason, for code that must not load the contract's schemas. The compiler holds it to the contract: none can be
 * missing and none can be left over.
 */
const REASONS: Readonly<Record<Reason, true>> = {
  "invalid-input": true,
  "unknown-method": true,
  "not-allowed": true,
  busy: true,
  "store-failed": true,
  stopping: true,
  internal: true,
  "name-taken": true,
  "bad-server": true,
  "bad-key": true,
  "bad-certificate": true,
  "provider-known": true,
  "practice-failed": true,
  "no-such-provider": true,
  "provider-in-use": true,
  "bad-target": true,
  "no-such-target": true,
  "no-provider": true,
  "which-provider": true,
  "too-many": true,
  "already-asked": true,
  "ids-exhausted": true,
  "no-such-mitigation": true,
  "console-off": true,
};

/** Whether a text that a peer sent is a reason of the contract. */
export function isReason(text: unknown): text is Reason {
  return typeof text === "string" && Object.hasOwn(REASONS, text);
}
