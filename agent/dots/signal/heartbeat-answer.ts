import { WireError } from "../../wire/bytes.ts";
import { decodeDots } from "../../wire/cbor/dots-body.ts";
import { Code } from "../../wire/coap/code.ts";
import type { CoapCode } from "../../wire/coap/message.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  CONTENT_FORMAT_TEXT,
  contentFormat,
  uintOption,
  OptionNumber,
} from "../../wire/coap/options.ts";
import type { Answer, CoapRequest } from "../../coap/types.ts";

/** The answer to a heartbeat, and what the heartbeat said if it was one. */
export interface HeartbeatReply {
  readonly answer: Answer;
  readonly peerHbStatus: boolean | undefined;
}

/**
 * Answers a request to `/.well-known/dots/hb`: 2.04 with an empty body, or a 4.xx that says what is wrong.
 * Any input gives an answer. [RFC 9132 §4.7] [RFC 9132 §9]
 */
export function answerHeartbeat(request: CoapRequest): HeartbeatReply {
  if (request.method !== "PUT") {
    return refusal(Code.MethodNotAllowed, "a heartbeat is a PUT");
  }
  try {
    return answerPut(request);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return refusal(Code.BadRequest, error.message);
  }
}

function answerPut(request: CoapRequest): HeartbeatReply {
  if (contentFormat(request.options) !== CONTENT_FORMAT_DOTS_CBOR) {
    return refusal(Code.UnsupportedContentFormat, "a heartbeat is application/dots+cbor (271)");
  }
  const body = decodeDots(request.payload);
  const status = body["ietf-dots-signal-channel:heartbeat"]?.["peer-hb-status"];
  if (status === undefined) return refusal(Code.BadRequest, "peer-hb-status is missing");
  const answer: Answer = { code: Code.Changed, options: [], payload: new Uint8Array() };
  return { answer, peerHbStatus: status };
}

function refusal(code: CoapCode, diagnostic: string): HeartbeatReply {
  return { answer: diagnosticAnswer(code, diagnostic), peerHbStatus: undefined };
}

/** An answer whose payload is text for a person. [RFC 7252 §5.5.2] */
export function diagnosticAnswer(code: CoapCode, diagnostic: string): Answer {
  const options = [uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_TEXT)];
  return { code, options, payload: new TextEncoder().encode(diagnostic) };
}
