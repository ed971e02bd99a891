import { diagnostic } from "../../coap/screening.ts";
import type { Answer } from "../../coap/types.ts";
import { encodeDots } from "../../wire/cbor/dots-body.ts";
import type { DotsBody, MitigationScope } from "../../wire/cbor/types.ts";
import { Code } from "../../wire/coap/code.ts";
import type { CoapCode } from "../../wire/coap/message.ts";
import { CONTENT_FORMAT_DOTS_CBOR, OptionNumber, uintOption } from "../../wire/coap/options.ts";

/** The forms that the server's answers take. [RFC 9132 §9] */

const NO_PAYLOAD = new Uint8Array();

/** An answer without a body. */
export function plain(code: CoapCode): Answer {
  return { code, options: [], payload: NO_PAYLOAD };
}

/** 4.00 with what is wrong, for a person. */
export function badRequest(message: string): Answer {
  return diagnostic(Code.BadRequest, message);
}

/** 5.03, to be tried again after `retryAfterS` seconds. [RFC 7252 §5.9.3.4] [RFC 9132 §4.4.3] */
export function unavailable(message: string, retryAfterS: number): Answer {
  return diagnostic(Code.ServiceUnavailable, message, [
    uintOption(OptionNumber.MaxAge, retryAfterS),
  ]);
}

/**
 * An answer whose body holds these scopes.
 * @throws {Error} they cannot be written: a fault of ours, whatever the request was.
 */
export function scopes(code: CoapCode, scope: readonly MitigationScope[]): Answer {
  const body: DotsBody = { "ietf-dots-signal-channel:mitigation-scope": { scope } };
  return {
    code,
    options: [uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_DOTS_CBOR)],
    payload: written(body),
  };
}

/** Not as a WireError: that would be taken for a fault of the request. */
function written(body: DotsBody): Uint8Array {
  try {
    return encodeDots(body);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`an answer cannot be written: ${text}`, { cause });
  }
}
