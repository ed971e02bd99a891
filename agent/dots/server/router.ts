import { diagnostic } from "../../coap/screening.ts";
import type { Answer, CoapRequest, IncomingRequest } from "../../coap/types.ts";
import { WireError } from "../../wire/bytes.ts";
import { Code } from "../../wire/coap/code.ts";
import { uriPath } from "../../wire/coap/options.ts";
import { parseDotsPath } from "../signal/paths.ts";
import type { MitigatePath } from "../signal/paths.ts";
import { badRequest, plain, unavailable } from "./answers.ts";
import { getMitigations } from "./get-mitigations.ts";
import { putMitigation } from "./put-mitigation.ts";
import type { SessionContext } from "./session-context.ts";
import { StoreError } from "../../store/mitigation-store.ts";

/** What a session answers its peer with. */
export interface Routes {
  readonly context: SessionContext;
  /** Answers a request to the heartbeat resource. [RFC 9132 §4.7] */
  heartbeat(request: CoapRequest): Answer;
  /** This session used the cuid and was not refused for it. */
  used(cuid: string): void;
}

/** The answer to any request. [RFC 9132 §4.2] [RFC 9132 §9] */
export function route(routes: Routes, request: IncomingRequest): Answer | "ignored" {
  try {
    return serve(routes, request);
  } catch (error) {
    // Only what reads a request throws one; the session makes a 5.00 of everything else.
    if (!(error instanceof WireError)) throw error;
    return badRequest(error.message);
  }
}

function serve(routes: Routes, request: IncomingRequest): Answer | "ignored" {
  const path = parseDotsPath(uriPath(request.options));
  switch (path.tag) {
    case "mitigate":
      return mitigate(routes, path, request);
    case "hb":
      return routes.heartbeat(request);
    case "config":
      return diagnostic(
        Code.NotImplemented,
        "session configuration is not supported; defaults hold",
      );
    case "invalid":
      return badRequest(path.reason);
    case "unknown":
      return diagnostic(Code.NotFound, "no such resource: the signal channel is .well-known/dots");
    default:
      return path satisfies never;
  }
}

/** `cdid` comes from gateways that are trusted to set it; there are none, so it is ignored. [RFC 9132 §4.4.1.2] */
function mitigate(
  routes: Routes,
  path: MitigatePath,
  request: IncomingRequest,
): Answer | "ignored" {
  switch (request.method) {
    case "PUT": {
      const answer = putMitigation(routes.context, path, request);
      const accepted = answer !== "ignored" && answer.code < Code.BadRequest;
      if (accepted && path.cuid !== undefined) routes.used(path.cuid);
      return answer;
    }
    case "GET":
      return getMitigations(routes.context, path, request);
    case "DELETE":
      return deleteMitigation(routes.context, path);
    case "POST":
      return diagnostic(Code.MethodNotAllowed, "a mitigation takes PUT, GET and DELETE");
    default:
      return request.method satisfies never;
  }
}

/** 2.02 also for what does not exist. [RFC 9132 §4.4.4] */
function deleteMitigation(context: SessionContext, { cuid, mid }: MitigatePath): Answer {
  if (cuid === undefined || mid === undefined) {
    return badRequest("cuid and mid are needed in the path to withdraw a mitigation");
  }
  const record = context.table.get({ client: context.client.name, cuid, mid });
  try {
    if (record !== undefined)
      context.table.step(record, { tag: "withdraw", at: context.clock.now() });
    return plain(Code.Deleted);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return unavailable("the withdrawal cannot be kept at the moment", context.policy.retryAfterS);
  }
}
