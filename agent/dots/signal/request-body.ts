import { diagnostic } from "../../coap/screening.ts";
import type { Answer, CoapRequest } from "../../coap/types.ts";
import { WireError } from "../../wire/bytes.ts";
import { decodeDots } from "../../wire/cbor/dots-body.ts";
import type { DotsBody } from "../../wire/cbor/types.ts";
import { Code } from "../../wire/coap/code.ts";
import { CONTENT_FORMAT_DOTS_CBOR, contentFormat } from "../../wire/coap/options.ts";

/**
 * A request's body, or the answer that refuses it: 4.15 for another format, 4.00 for one that does not parse.
 * Total: any request gives one of the two. [RFC 9132 §9]
 */
export function readBody(
  request: CoapRequest,
): { readonly body: DotsBody } | { readonly refused: Answer } {
  try {
    const format = contentFormat(request.options);
    // A body without a Content-Format is taken for what it can only be; a wrong one is refused. [RFC 9132 §9]
    if (format !== undefined && format !== CONTENT_FORMAT_DOTS_CBOR) {
      const message = `Content-Format ${format} is not application/dots+cbor (271)`;
      return { refused: diagnostic(Code.UnsupportedContentFormat, message) };
    }
    return { body: decodeDots(request.payload) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { refused: diagnostic(Code.BadRequest, error.message) };
  }
}
