import { Code } from "../wire/coap/code.ts";
import type { CoapCode, CoapMessage, CoapOption } from "../wire/coap/message.ts";
import { checkOptions, describeOptionFault } from "../wire/coap/option-rules.ts";
import { findOption, findUint, OptionNumber, uintOption, uintValue } from "../wire/coap/options.ts";
import type { Answer, CoapResponse, IncomingRequest, Method } from "./types.ts";

/** Options that a session accepts in requests without the layers above asking for it. */
export const UNDERSTOOD_OPTIONS: ReadonlySet<number> = new Set([
  OptionNumber.IfMatch,
  OptionNumber.UriHost, // one host is served: which name was used makes no difference
  OptionNumber.ETag,
  OptionNumber.Observe,
  OptionNumber.UriPort, // libcoap's client sends it whenever the port is not 5684
  OptionNumber.LocationPath,
  OptionNumber.UriPath,
  OptionNumber.ContentFormat,
  OptionNumber.MaxAge,
  OptionNumber.UriQuery,
  OptionNumber.HopLimit,
  OptionNumber.Accept,
  OptionNumber.LocationQuery,
  OptionNumber.Size2,
  OptionNumber.Size1,
]);

/** Request options that some servers also put into their responses. They say nothing there. */
const MEANINGLESS_IN_RESPONSES: ReadonlySet<number> = new Set([
  OptionNumber.UriHost,
  OptionNumber.UriPort,
  OptionNumber.UriPath,
  OptionNumber.UriQuery,
]);

const METHODS: ReadonlyMap<CoapCode, Method> = new Map([
  [Code.GET, "GET"],
  [Code.POST, "POST"],
  [Code.PUT, "PUT"],
  [Code.DELETE, "DELETE"],
]);

/** What is to be done with a request. */
export type ScreenedRequest =
  | { readonly tag: "serve"; readonly request: IncomingRequest }
  | { readonly tag: "answer"; readonly answer: Answer }
  /** A NON that may not be answered. [RFC 7252 §5.4.1] */
  | { readonly tag: "reject" };

/** Checks what does not depend on the resource: proxying, options, the method. [RFC 7252 §5.4.1] [RFC 7252 §5.8] */
export function screenRequest(
  message: CoapMessage,
  understood: ReadonlySet<number>,
): ScreenedRequest {
  if (isForProxy(message.options)) {
    return { tag: "answer", answer: diagnostic(Code.ProxyingNotSupported, "this is no proxy") };
  }
  const checked = checkOptions(message.options, understood);
  if (checked.tag === "bad") {
    if (message.type === "non") return { tag: "reject" };
    const text = describeOptionFault(checked.option, checked.fault);
    return { tag: "answer", answer: diagnostic(Code.BadOption, text) };
  }
  const method = METHODS.get(message.code);
  if (method === undefined) {
    return { tag: "answer", answer: diagnostic(Code.MethodNotAllowed, "unknown method") };
  }
  const request: IncomingRequest = {
    method,
    options: checked.options.filter((option) => option.number !== OptionNumber.Observe),
    payload: message.payload,
    observe: method === "GET" ? observeOf(checked.options) : undefined,
    reliability: message.type === "con" ? "con" : "non",
  };
  return { tag: "serve", request };
}

/** What a response says, once its options are sorted out. */
export type ScreenedResponse =
  | {
      readonly tag: "ok";
      readonly response: CoapResponse;
      /** The Observe option's value, if it has one. [RFC 7641 §2] */
      readonly sequence: number | undefined;
    }
  | { readonly tag: "bad"; readonly reason: string };

/** Checks the options of a response; those that have no meaning in one are left out. [RFC 7252 §5.4.1] */
export function screenResponse(
  message: CoapMessage,
  understood: ReadonlySet<number>,
): ScreenedResponse {
  const accepted = new Set([...understood, ...MEANINGLESS_IN_RESPONSES]);
  if (isWholeBody(message.options)) accepted.add(OptionNumber.Block2);
  const checked = checkOptions(message.options, accepted);
  if (checked.tag === "bad") {
    return { tag: "bad", reason: describeOptionFault(checked.option, checked.fault) };
  }
  const options = checked.options.filter(
    ({ number }) => number !== OptionNumber.Observe && !MEANINGLESS_IN_RESPONSES.has(number),
  );
  const response = { code: message.code, options, payload: message.payload };
  return { tag: "ok", response, sequence: findUint(checked.options, OptionNumber.Observe) };
}

/** An error with words for a person; a diagnostic payload has no Content-Format. [RFC 7252 §5.5.2] */
export function diagnostic(
  code: CoapCode,
  text: string,
  options: readonly CoapOption[] = [],
): Answer {
  return { code, options, payload: new TextEncoder().encode(text) };
}

/** The answer of a session that has too much to do. [RFC 7252 §5.9.3.4] */
export function overloaded(retryAfterSeconds: number): Answer {
  const maxAge = uintOption(OptionNumber.MaxAge, retryAfterSeconds);
  return diagnostic(Code.ServiceUnavailable, "too many requests at once", [maxAge]);
}

function isForProxy(options: readonly CoapOption[]): boolean {
  return options.some(
    ({ number }) => number === OptionNumber.ProxyUri || number === OptionNumber.ProxyScheme,
  );
}

/** Values other than register and deregister are ignored. [RFC 7641 §2] */
function observeOf(options: readonly CoapOption[]): 0 | 1 | undefined {
  const value = findUint(options, OptionNumber.Observe);
  return value === 0 || value === 1 ? value : undefined;
}

/** Block2 with number 0 and nothing more to come: the body is all here. [RFC 7959 §2.2] */
function isWholeBody(options: readonly CoapOption[]): boolean {
  const block = findOption(options, OptionNumber.Block2);
  return block !== undefined && block.value.length <= 3 && uintValue(block) >> 3 === 0;
}
