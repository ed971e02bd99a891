import { WireError } from "../bytes.ts";

/** Octets of the `random` of either hello. [RFC 5246 §7.4.1.2] */
export const RANDOM_LENGTH = 32;

/** Most octets of a `session_id`. [RFC 5246 §7.4.1.2] */
export const MAX_SESSION_ID_LENGTH = 32;

/** Refuses a `random` of the wrong length. [RFC 5246 §7.4.1.2] @throws {WireError} `wire/out-of-range` */
export function refuseBadRandom(random: Uint8Array): void {
  if (random.length === RANDOM_LENGTH) return;
  throw new WireError(
    "wire/out-of-range",
    `random has ${random.length} octets, not ${RANDOM_LENGTH}`,
  );
}

/** Refuses a `session_id` that is too long. [RFC 5246 §7.4.1.2] @throws {WireError} `wire/out-of-range` */
export function refuseBadSessionId(sessionId: Uint8Array): void {
  if (sessionId.length <= MAX_SESSION_ID_LENGTH) return;
  throw new WireError("wire/out-of-range", `session_id has ${sessionId.length} octets`);
}
