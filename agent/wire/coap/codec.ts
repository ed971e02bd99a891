import { ByteReader, ByteWriter, WireError } from "../bytes.ts";
import { Code, codeClass, isRequestCode } from "./code.ts";
import type { CoapMessage, CoapOption } from "./message.ts";
import { sortOptions } from "./options.ts";

const VERSION = 1;
const MAX_TOKEN = 8;
const MAX_OPTION_NUMBER = 65535;
/** Far above what DOTS needs, and low enough that a datagram of empty options costs little memory. */
const MAX_OPTIONS = 128;
const PAYLOAD_MARKER = 0xff;
const TYPES = ["con", "non", "ack", "rst"] as const;

/** The part of a message that is there to answer with, even when the rest cannot be read. */
export interface CoapHeader {
  readonly type: CoapMessage["type"];
  readonly messageId: number;
}

/**
 * The header of a message of version 1, or `undefined`: what a Reset to a malformed message needs.
 * [RFC 7252 §3] [RFC 7252 §4.2]
 */
export function peekCoapHeader(data: Uint8Array): CoapHeader | undefined {
  if (data.length < 4) return undefined;
  const r = new ByteReader(data);
  const first = r.u8("header");
  if (first >> 6 !== VERSION) return undefined;
  r.u8("code");
  return { type: typeOf(first), messageId: r.u16("Message ID") };
}

/**
 * One message. Token, option values and payload are views on `data`. [RFC 7252 §3]
 * @throws {WireError} when it is no well-formed message
 */
export function decodeCoapMessage(data: Uint8Array): CoapMessage {
  const r = new ByteReader(data);
  const first = r.u8("header");
  if (first >> 6 !== VERSION) throw new WireError("wire/malformed", `CoAP version ${first >> 6}`);
  const tokenLength = first & 0x0f;
  const code = r.u8("code");
  const messageId = r.u16("Message ID");
  if (tokenLength > MAX_TOKEN) throw new WireError("wire/malformed", `Token Length ${tokenLength}`);
  const token = r.bytes(tokenLength, "Token");
  const options = decodeOptions(r);
  const message = { type: typeOf(first), code, messageId, token, options, payload: r.rest() };
  checkUsage(message);
  return message;
}

/**
 * The octets of one message; options may come in any order. [RFC 7252 §3]
 * @throws {WireError} when a field does not fit or the message may not be: a Reset with a payload, a NON that is Empty
 */
export function encodeCoapMessage(message: CoapMessage): Uint8Array {
  if (message.token.length > MAX_TOKEN) {
    throw new WireError("wire/out-of-range", `a token of ${message.token.length} octets`);
  }
  checkUsage(message);
  const w = new ByteWriter();
  w.u8((VERSION << 6) | (TYPES.indexOf(message.type) << 4) | message.token.length);
  w.u8(message.code).u16(message.messageId).bytes(message.token);
  let previous = 0;
  for (const option of sortOptions(message.options)) {
    encodeOption(w, option, previous);
    previous = option.number;
  }
  if (message.payload.length > 0) w.u8(PAYLOAD_MARKER).bytes(message.payload);
  return w.done();
}

function typeOf(first: number): CoapMessage["type"] {
  return TYPES[(first >> 4) & 3] ?? "con"; // two bits: always one of the four
}

/** Reads the options and the payload marker, up to the payload. [RFC 7252 §3.1] */
function decodeOptions(r: ByteReader): CoapOption[] {
  const options: CoapOption[] = [];
  let number = 0;
  while (r.left > 0) {
    const head = r.u8("option");
    if (head === PAYLOAD_MARKER) {
      if (r.left === 0) throw new WireError("wire/malformed", "a payload marker without a payload");
      return options;
    }
    if (options.length === MAX_OPTIONS) {
      throw new WireError("wire/out-of-range", `more than ${MAX_OPTIONS} options`);
    }
    number += extended(r, head >> 4, "Option Delta");
    if (number > MAX_OPTION_NUMBER)
      throw new WireError("wire/out-of-range", `option number ${number}`);
    const length = extended(r, head & 0x0f, "Option Length");
    options.push({ number, value: r.bytes(length, `option ${number}`) });
  }
  return options;
}

/** A delta or a length from its nibble and what follows it. [RFC 7252 §3.1] */
function extended(r: ByteReader, nibble: number, field: string): number {
  if (nibble < 13) return nibble;
  if (nibble === 13) return r.u8(field) + 13;
  if (nibble === 14) return r.u16(field) + 269;
  throw new WireError("wire/malformed", `${field}: the reserved value 15`);
}

function encodeOption(w: ByteWriter, option: CoapOption, previous: number): void {
  const { number, value } = option;
  if (!Number.isInteger(number) || number < 0 || number > MAX_OPTION_NUMBER) {
    throw new WireError("wire/out-of-range", `option number ${number}`);
  }
  const delta = number - previous;
  w.u8((nibbleOf(delta) << 4) | nibbleOf(value.length));
  extension(w, delta);
  extension(w, value.length);
  w.bytes(value);
}

function nibbleOf(value: number): number {
  if (value < 13) return value;
  return value < 269 ? 13 : 14;
}

function extension(w: ByteWriter, value: number): void {
  if (value < 13) return;
  if (value < 269) w.u8(value - 13);
  else w.u16(value - 269);
}

/** Which contents may travel in which type, and that Empty is empty. [RFC 7252 §4.1] [RFC 7252 §4.3] */
function checkUsage(message: CoapMessage): void {
  const { type, code } = message;
  if (code === Code.Empty) {
    if (message.token.length + message.options.length + message.payload.length > 0) {
      throw new WireError("wire/malformed", "an Empty message that is not empty");
    }
    if (type === "non")
      throw new WireError("wire/malformed", "a Non-confirmable message that is Empty");
    return;
  }
  if (type === "rst") throw new WireError("wire/malformed", "a Reset message that is not Empty");
  if (type === "ack" && isRequestCode(code)) {
    throw new WireError("wire/malformed", "an Acknowledgement that carries a request");
  }
  if ([1, 6, 7].includes(codeClass(code))) {
    throw new WireError("wire/malformed", `the reserved code class ${codeClass(code)}`);
  }
}
