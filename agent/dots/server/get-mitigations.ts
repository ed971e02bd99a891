import { diagnostic } from "../../coap/screening.ts";
import type { Answer, IncomingRequest, ObservationSource } from "../../coap/types.ts";
import { Code } from "../../wire/coap/code.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  findUint,
  OptionNumber,
  uriQuery,
} from "../../wire/coap/options.ts";
import { badRequest, scopes } from "./answers.ts";
import { notFound, scopesOf } from "./mitigation-view.ts";
import type { MitigationView } from "./mitigation-view.ts";
import { MitigationObservation } from "./observation.ts";
import { parseQuery } from "./query.ts";
import type { SessionContext } from "./session-context.ts";

/** GET of one or all mitigations, observed or not. [RFC 9132 §4.4.2] [RFC 9132 §4.4.2.1] */
export function getMitigations(
  context: SessionContext,
  path: { readonly cuid?: string; readonly mid?: number },
  request: IncomingRequest,
): Answer {
  if (path.cuid === undefined) return badRequest("cuid is needed in the path");
  const accept = findUint(request.options, OptionNumber.Accept);
  if (accept !== undefined && accept !== CONTENT_FORMAT_DOTS_CBOR) {
    return diagnostic(Code.NotAcceptable, "only application/dots+cbor (271) can be had");
  }
  const arguments_ = uriQuery(request.options);
  const query = parseQuery(arguments_);
  if (typeof query === "string") return badRequest(query);
  const { cuid, mid } = path;
  const resource = JSON.stringify([cuid, mid ?? null, ...arguments_]);
  const view: MitigationView = { client: context.client.name, cuid, mid, resource, query };
  const answer = context.blocks.serve(resource, request, () => show(context, view));
  return answer.code === Code.Content && request.observe === 0
    ? { ...answer, observation: sourceOf(context, view) }
    : answer;
}

function show(context: SessionContext, view: MitigationView): Answer {
  const found = scopesOf(context, view);
  return found.length === 0 ? notFound(view) : scopes(Code.Content, found);
}

function sourceOf(context: SessionContext, view: MitigationView): ObservationSource {
  return {
    subscribe: (notify) => {
      const observation = new MitigationObservation(context, view, notify);
      return () => observation.stop();
    },
  };
}
