import { encodeDots } from "../../wire/cbor/dots-body.ts";
import type { DotsBody, MitigationScope } from "../../wire/cbor/types.ts";
import type { CoapOption } from "../../wire/coap/message.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  OptionNumber,
  opaqueOption,
  uintOption,
  uriPathOptions,
  uriQueryOptions,
} from "../../wire/coap/options.ts";
import type { CoapRequest } from "../../coap/types.ts";
import { heartbeatPath, mitigatePath } from "./paths.ts";

/** The requests of the signal channel as CoAP requests. [RFC 9132 §4.4] [RFC 9132 §4.7] */

/** Which data nodes a GET asks for: the `c` query, by the names of `--content`. [RFC 9132 §4.4.2 Table 2] */
export type ContentSelection = "config" | "non-config" | "all";

const CONTENT_QUERY: Record<ContentSelection, string> = {
  config: "c=c",
  "non-config": "c=n",
  all: "c=a",
};

const NO_PAYLOAD = new Uint8Array();

/** Names one mitigation of one client. */
export interface MitigationKey {
  readonly cuid: string;
  readonly mid: number;
}

/** What a GET selects. Without `mid`: every mitigation of the client. */
export interface MitigationSelection {
  readonly cuid: string;
  readonly mid?: number;
  readonly content?: ContentSelection;
  /** Further Uri-Query options, each `name=value`. */
  readonly query?: readonly string[];
}

/**
 * PUT of a new mitigation, or of the same one again to refresh it. [RFC 9132 §4.4.1]
 * @throws {WireError} the scope does not fit the schema.
 * @throws {RangeError} the cuid or mid cannot be written.
 */
export function mitigationRequest(key: MitigationKey, scope: MitigationScope): CoapRequest {
  return put(mitigatePath(key), scopeBody(scope), []);
}

/**
 * PUT of an efficacy update: the mitigation's own scope with `attack-status` in it, on condition that
 * the mitigation still exists (an empty If-Match). [RFC 9132 §4.4.3]
 * @throws {WireError} the scope does not fit the schema.
 * @throws {RangeError} the cuid or mid cannot be written.
 */
export function efficacyRequest(key: MitigationKey, scope: MitigationScope): CoapRequest {
  return put(mitigatePath(key), scopeBody(scope), [opaqueOption(OptionNumber.IfMatch)]);
}

/**
 * GET of one or of all mitigations. [RFC 9132 §4.4.2]
 * @throws {RangeError} the cuid or mid cannot be written.
 */
export function mitigationsRequest(selection: MitigationSelection): CoapRequest {
  const { cuid, mid, content, query = [] } = selection;
  const path = mitigatePath(mid === undefined ? { cuid } : { cuid, mid });
  const queries = content === undefined ? query : [CONTENT_QUERY[content], ...query];
  const options = [...uriPathOptions(path), ...uriQueryOptions(queries)];
  return { method: "GET", options, payload: NO_PAYLOAD };
}

/**
 * DELETE of one mitigation. [RFC 9132 §4.4.4]
 * @throws {RangeError} the cuid or mid cannot be written.
 */
export function withdrawRequest(key: MitigationKey): CoapRequest {
  const options = uriPathOptions(mitigatePath(key));
  return { method: "DELETE", options, payload: NO_PAYLOAD };
}

/** PUT of a heartbeat; `peerHbStatus` says whether the peer's own are being heard. [RFC 9132 §4.7] */
export function heartbeatRequest(peerHbStatus: boolean): CoapRequest {
  const body: DotsBody = {
    "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": peerHbStatus },
  };
  return put(heartbeatPath(), body, []);
}

function scopeBody(scope: MitigationScope): DotsBody {
  return { "ietf-dots-signal-channel:mitigation-scope": { scope: [scope] } };
}

/** `before`: options whose numbers are lower than Uri-Path's. */
function put(path: readonly string[], body: DotsBody, before: readonly CoapOption[]): CoapRequest {
  const options = [
    ...before,
    ...uriPathOptions(path),
    uintOption(OptionNumber.ContentFormat, CONTENT_FORMAT_DOTS_CBOR),
  ];
  return { method: "PUT", options, payload: encodeDots(body) };
}
