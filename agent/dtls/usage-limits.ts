import type { AeadName } from "./crypto/aead-types.ts";

/** How much one key may be used before its session has to end. */
export interface UsageLimits {
  /** Records sealed: beyond them what is sealed could be told from chance. */
  readonly sealed: number;
  /** Records that did not authenticate: each was a try to forge one. */
  readonly forged: number;
}

/** Sequence numbers have 48 bits; some of them are left for a goodbye. [RFC 6347 §4.1] */
const ALL_NUMBERS = 2 ** 48 - 2 ** 8;

const GCM: UsageLimits = { sealed: Math.floor(2 ** 24.5), forged: 2 ** 36 };

/*
 * The figures of [RFC 9147 §4.5.3] but for one: the tag of CCM_8 has 64 bits, and forgeries held to the same chance as
 * elsewhere (2^-57) would leave 2^7 of them. Whoever can spoof the peer's address would end a session with 128 datagrams.
 * With 2^20 the chance that a session ever takes a forged record is 2^-44; to end it takes 30 MB of records that fit
 * its address and, where there is one, its connection id. That flood costs its sender more than it costs the session:
 * the client resumes in a round trip, with a new key. And the suites with CCM_8 are the last that we would choose.
 */
const LIMITS: Readonly<Record<AeadName, UsageLimits>> = {
  "aes-128-gcm": GCM,
  "aes-256-gcm": GCM,
  "chacha20-poly1305": { sealed: ALL_NUMBERS, forged: 2 ** 36 },
  "aes-128-ccm-8": { sealed: 2 ** 23, forged: 2 ** 20 },
};

/** What a key for this AEAD may be used for. */
export function usageLimitsOf(aead: AeadName): UsageLimits {
  return LIMITS[aead];
}
