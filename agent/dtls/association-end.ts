import type { Millis } from "../net/ports.ts";
import { endedByAlert, refusedByAlert, shown } from "./alert-error.ts";
import type { Impatience } from "./handshake-patience.ts";
import { DtlsError } from "./session.ts";
import type { UsageLimits } from "./usage-limits.ts";

/** Why an association ends that nobody here closed. */
export type EndCause =
  | Exclude<Impatience, { readonly tag: "fault" }>
  /** The peer said close_notify. */
  | { readonly tag: "goodbye" }
  /** A limit of the session's key is reached. */
  | { readonly tag: "used-up"; readonly limit: keyof UsageLimits };

/** How far the association is. */
interface Situation {
  readonly role: "client" | "server";
  readonly awaitsProof: boolean;
  /** See `HandshakeMachine.claim`. */
  readonly claim: string;
  readonly established: boolean;
  /** Whether the peer was heard at all. */
  readonly heard: boolean;
  readonly handshakeTimeoutMs: Millis;
}

const USED_UP: Readonly<Record<keyof UsageLimits, string>> = {
  sealed: "the session's key has protected as many records as it may",
  forged: "too many forged records came for the session's key",
};

/** The end of an association in words. */
export function endReason(cause: EndCause, situation: Situation): DtlsError {
  const { role, claim, established } = situation;
  switch (cause.tag) {
    case "goodbye":
      return new DtlsError("dtls/closed", "the peer closed the session");
    case "used-up":
      return new DtlsError("dtls/closed", USED_UP[cause.limit]);
    case "alert":
      return established
        ? endedByAlert(cause.description, role)
        : refusedByAlert(cause.description, role, claim);
    case "silent":
      return silence(claim);
    case "late":
      return late(situation);
  }
}

/**
 * Several peers drop a proof that fails without a word (OpenSSL and GnuTLS do), which from here looks
 * like loss: so this is neither called a refusal nor a mere timeout.
 */
function silence(claim: string): DtlsError {
  const why = `the server fell silent when it was shown ${shown(claim)}`;
  return new DtlsError("dtls/proof-unanswered", why);
}

function late({ role, awaitsProof, claim, heard, handshakeTimeoutMs }: Situation): DtlsError {
  if (role === "client" && awaitsProof) return silence(claim);
  const seconds = Math.round(handshakeTimeoutMs / 100) / 10;
  const what = heard ? "the handshake did not end" : "no answer came";
  return new DtlsError("dtls/timeout", `${what} within ${seconds} s`);
}
