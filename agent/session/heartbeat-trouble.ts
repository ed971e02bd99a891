import { CoapError } from "../coap/error.ts";
import type { SignalResult } from "../dots/client/signal-result.ts";
import { internalFailure } from "./connect-failure.ts";
import type { SessionFault } from "./session-fault.ts";

/** What is wrong, and what to do about it. Never holds key material. */
export interface SessionTrouble {
  readonly code: SessionFault;
  readonly message: string;
  readonly hint: string;
}

/** An answer that is a refusal; `who` is the credential in words. [RFC 9132 §9] */
export function refusalOf(result: SignalResult, who: string): SessionTrouble | undefined {
  if (result.accepted) return undefined;
  if (result.code === "4.01" || result.code === "4.03") {
    return {
      code: "key-refused",
      message: `the server knows the key, but not as that of a customer (${who})`,
      hint: "Ask the provider whether this identity may ask for help.",
    };
  }
  return {
    code: "not-dots",
    message: `the server answers a heartbeat with ${result.code}: it is no DOTS server`,
    hint: "Check the server's address and port.",
  };
}

/** No answer, or none that could be read. */
export function silenceOf(error: unknown): SessionTrouble {
  if (!(error instanceof CoapError)) {
    const { fault: code, message, hint } = internalFailure(error);
    return { code, message, hint };
  }
  switch (error.code) {
    case "coap/timeout":
      return {
        code: "silent",
        message: "the server accepted the key, but does not answer heartbeats",
        hint: "Heavy packet loss looks like this. Test again; if it stays so, ask the provider.",
      };
    case "coap/closed":
      return {
        code: "closed",
        message: "the server ended the session",
        hint: "Test again; if it stays so, ask the provider.",
      };
    default:
      return {
        code: "not-dots",
        message: "what answers there is no DOTS server",
        hint: "Check the server's address and port.",
      };
  }
}
