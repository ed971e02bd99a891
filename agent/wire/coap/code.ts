import { WireError } from "../bytes.ts";
import type { CoapCode } from "./message.ts";

/** Methods and response codes by the registry's names. [RFC 7252 §12.1] [RFC 8132 §6] [RFC 8516 §6] [RFC 8768 §5] */
export const Code = {
  Empty: 0x00,
  GET: 0x01,
  POST: 0x02,
  PUT: 0x03,
  DELETE: 0x04,
  Created: 0x41,
  Deleted: 0x42,
  Valid: 0x43,
  Changed: 0x44,
  Content: 0x45,
  Continue: 0x5f,
  BadRequest: 0x80,
  Unauthorized: 0x81,
  BadOption: 0x82,
  Forbidden: 0x83,
  NotFound: 0x84,
  MethodNotAllowed: 0x85,
  NotAcceptable: 0x86,
  RequestEntityIncomplete: 0x88,
  Conflict: 0x89,
  PreconditionFailed: 0x8c,
  RequestEntityTooLarge: 0x8d,
  UnsupportedContentFormat: 0x8f,
  UnprocessableEntity: 0x96,
  TooManyRequests: 0x9d,
  InternalServerError: 0xa0,
  NotImplemented: 0xa1,
  BadGateway: 0xa2,
  ServiceUnavailable: 0xa3,
  GatewayTimeout: 0xa4,
  ProxyingNotSupported: 0xa5,
  HopLimitReached: 0xa8,
} as const satisfies Readonly<Record<string, CoapCode>>;

/** The class of a code, 0 to 7: 0 request, 2 success, 4 client error, 5 server error. [RFC 7252 §3] */
export function codeClass(code: CoapCode): number {
  return code >> 5;
}

/** Whether a code is a method; 0.00 (Empty) is none. [RFC 7252 §5.1] */
export function isRequestCode(code: CoapCode): boolean {
  return codeClass(code) === 0 && code !== Code.Empty;
}

/** Whether a code belongs to one of the three classes of responses. [RFC 7252 §5.2] */
export function isResponseCode(code: CoapCode): boolean {
  const group = codeClass(code);
  return group === 2 || group === 4 || group === 5;
}

/** Whether a response code says success. [RFC 7252 §5.2] */
export function isSuccess(code: CoapCode): boolean {
  return codeClass(code) === 2;
}

/** A code as people write it, `2.05`. [RFC 7252 §3] */
export function formatCode(code: CoapCode): string {
  return `${codeClass(code)}.${String(code & 0x1f).padStart(2, "0")}`;
}

/**
 * The code that `formatCode` writes as `text`.
 * @throws {WireError} `wire/malformed`, `wire/out-of-range`
 */
export function parseCode(text: string): CoapCode {
  const match = /^([0-9])\.([0-9]{2})$/.exec(text);
  if (match === null) throw new WireError("wire/malformed", `not a CoAP code: ${text}`);
  const group = Number(match[1]);
  const detail = Number(match[2]);
  if (group > 7 || detail > 31)
    throw new WireError("wire/out-of-range", `not a CoAP code: ${text}`);
  return group * 32 + detail;
}
