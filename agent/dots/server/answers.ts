import { diagnostic } from "../../coap/screening.ts";
import type { Answer, CoapRequest } from "../../coap/types.ts";
import { WireError } from "../../wire/bytes.ts";
import { decodeDots, encodeDots } from "../../wire/cbor/dots-body.ts";
import type { DotsBody, MitigationScope } from "../../wire/cbor/types.ts";
import { Code } from "../../wire/coap/code.ts";
import type { CoapCode } from "../../wire/coap/message.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  contentFormat,
  OptionNumber,
  uintOption,
} from "../../wire/coap/options.ts";

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

/** An answer whose body holds these scopes. */
export function scopes(code: CoapCode, scope: readonly MitigationScope[]): Answer {
  const body: DotsBody = { "ietf-dots-signal-channel:mitigation-scope": { scope } };
  return {
    code,
    options: [uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_DOTS_CBOR)],
    payload: encodeDots(body),
  };
}

/** A request's body, or the answer that refuses it: 4.15 for another format, 4.00 for one that does not parse. */
export function readBody(
  request: CoapRequest,
): { readonly body: DotsBody } | { readonly refused: Answer } {
  const format = contentFormat(request.options);
  // A body without a Content-Format is taken for what it can only be; a wrong one is refused. [RFC 9132 §9]
  if (format !== undefined && format !== CONTENT_FORMAT_DOTS_CBOR) {
    const message = `Content-Format ${format} is not application/dots+cbor (271)`;
    return { refused: diagnostic(Code.UnsupportedContentFormat, message) };
  }
  try {
    return { body: decodeDots(request.payload) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { refused: badRequest(error.message) };
  }
}
