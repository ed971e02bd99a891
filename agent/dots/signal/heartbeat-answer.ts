import { diagnostic } from "../../coap/screening.ts";
import type { Answer, CoapRequest } from "../../coap/types.ts";
import { Code } from "../../wire/coap/code.ts";
import { readBody } from "./request-body.ts";

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
    return refusal(diagnostic(Code.MethodNotAllowed, "a heartbeat is a PUT"));
  }
  const read = readBody(request);
  if ("refused" in read) return refusal(read.refused);
  const status = read.body["ietf-dots-signal-channel:heartbeat"]?.["peer-hb-status"];
  if (status === undefined) {
    return refusal(diagnostic(Code.BadRequest, "peer-hb-status is missing"));
  }
  const answer: Answer = { code: Code.Changed, options: [], payload: new Uint8Array() };
  return { answer, peerHbStatus: status };
}

function refusal(answer: Answer): HeartbeatReply {
  return { answer, peerHbStatus: undefined };
}
