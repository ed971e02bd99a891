import { WireError } from "../../wire/bytes.ts";
import { decodeDots } from "../../wire/cbor/dots-body.ts";
import type { DotsBody } from "../../wire/cbor/types.ts";
import { Code, formatCode, isSuccess } from "../../wire/coap/code.ts";
import {
  CONTENT_FORMAT_DOTS_CBOR,
  CONTENT_FORMAT_TEXT,
  contentFormat,
  findUint,
  OptionNumber,
} from "../../wire/coap/options.ts";
import type { Answered, CoapResponse } from "../../coap/types.ts";
import type { Millis } from "../../net/ports.ts";
import { DotsError } from "./dots-error.ts";

/** What the server said, success or refusal alike: a refusal is an outcome, not a fault. */
export interface SignalResult {
  /** `2.01`. */
  readonly code: string;
  /** Whether the code is a 2.xx. */
  readonly accepted: boolean;
  /** The body in the RFC's JSON names, when the answer has one. */
  readonly payload?: DotsBody;
  /** The server's own words, when the answer has text in place of a body. [RFC 9132 §9] */
  readonly diagnostic?: string;
  /** Max-Age in seconds, when the answer names it: after a 5.03 the time to wait. [RFC 9132 §4.4.3] */
  readonly maxAgeS?: number;
  readonly rttMs: Millis;
  /** Datagrams that our request took. */
  readonly transmissions: number;
}

/** Diagnostics are for one line on a screen; a peer must not fill the screen. */
const MAX_DIAGNOSTIC = 1000;

/**
 * Reads an answer.
 * @throws {DotsError} `dots/bad-answer`: no DOTS body where one must be, or one that cannot be read.
 */
export function signalResultOf(answered: Answered): SignalResult {
  const { response, rttMs, transmissions } = answered;
  const maxAgeS = maxAgeOf(response);
  return {
    code: formatCode(response.code),
    accepted: isSuccess(response.code),
    ...contentOf(response),
    ...(maxAgeS === undefined ? {} : { maxAgeS }),
    rttMs,
    transmissions,
  };
}

type Content = Pick<SignalResult, "payload" | "diagnostic">;

function contentOf(response: CoapResponse): Content {
  if (response.payload.length === 0) return {};
  const format = formatOf(response);
  if (format === CONTENT_FORMAT_DOTS_CBOR) return { payload: bodyOf(response) };
  if (format === undefined) return guessedContentOf(response);
  if (
    response.code === Code.Content ||
    (isSuccess(response.code) && format !== CONTENT_FORMAT_TEXT)
  ) {
    throw badAnswer(response, `Content-Format ${format} where application/dots+cbor (271) must be`);
  }
  const octets = response.payload.length;
  return format === CONTENT_FORMAT_TEXT
    ? { diagnostic: textOf(response) }
    : { diagnostic: `${octets} octets of Content-Format ${format}` };
}

/** Without a Content-Format: a body if it reads as one, else text; a 2.05 must be a body. [RFC 7252 §5.5.1] */
function guessedContentOf(response: CoapResponse): Content {
  try {
    return { payload: decodeDots(response.payload) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (response.code !== Code.Content) return { diagnostic: textOf(response) };
    throw badAnswer(response, "no Content-Format, and no DOTS body");
  }
}

function bodyOf(response: CoapResponse): DotsBody {
  try {
    return decodeDots(response.payload);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw badAnswer(response, error.message, error);
  }
}

/** Never fails: octets that are no UTF-8 are replaced, control characters too (it goes to a terminal). */
function textOf(response: CoapResponse): string {
  const text = new TextDecoder().decode(response.payload.subarray(0, MAX_DIAGNOSTIC));
  return text.replaceAll(/\p{Cc}+/gu, " ").trim();
}

function formatOf(response: CoapResponse): number | undefined {
  try {
    return contentFormat(response.options);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw badAnswer(response, error.message, error);
  }
}

/** Max-Age is elective: one that cannot be read is as good as none. [RFC 7252 §5.4.1] */
function maxAgeOf(response: CoapResponse): number | undefined {
  try {
    return findUint(response.options, OptionNumber.MaxAge);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function badAnswer(response: CoapResponse, what: string, cause?: WireError): DotsError {
  const message = `the server's ${formatCode(response.code)} answer cannot be read: ${what}`;
  return new DotsError("dots/bad-answer", message, cause === undefined ? undefined : { cause });
}
