import { WireError } from "../bytes.ts";
import type { CoapOption } from "./message.ts";

/** Option numbers. [RFC 7252 §12.2] [RFC 7641 §2] [RFC 7959 §2.1] [RFC 8768 §3] [RFC 9177 §3] */
export const OptionNumber = {
  IfMatch: 1,
  UriHost: 3,
  ETag: 4,
  IfNoneMatch: 5,
  Observe: 6,
  UriPort: 7,
  LocationPath: 8,
  UriPath: 11,
  ContentFormat: 12,
  MaxAge: 14,
  UriQuery: 15,
  HopLimit: 16,
  Accept: 17,
  QBlock1: 19,
  LocationQuery: 20,
  Block2: 23,
  Block1: 27,
  Size2: 28,
  QBlock2: 31,
  ProxyUri: 35,
  ProxyScheme: 39,
  Size1: 60,
} as const;

/** The Content-Format `text/plain; charset=utf-8`. [RFC 7252 §12.3] */
export const CONTENT_FORMAT_TEXT = 0;

/** The Content-Format `application/dots+cbor`. [RFC 9132 §10.4] */
export const CONTENT_FORMAT_DOTS_CBOR = 271;

/** Whether a receiver that does not know the option must refuse the message. [RFC 7252 §5.4.1] [RFC 7252 §5.4.6] */
export function isCritical(number: number): boolean {
  return (number & 1) === 1;
}

/** Whether a proxy that does not know the option must not forward it. [RFC 7252 §5.4.2] [RFC 7252 §5.4.6] */
export function isUnsafe(number: number): boolean {
  return (number & 2) === 2;
}

/** An option whose value is an opaque or empty octet string. [RFC 7252 §3.2] */
export function opaqueOption(number: number, value: Uint8Array = new Uint8Array(0)): CoapOption {
  return { number, value };
}

/** An option whose value is text. [RFC 7252 §3.2] */
export function stringOption(number: number, text: string): CoapOption {
  return { number, value: new TextEncoder().encode(text) };
}

/**
 * An option whose value is an unsigned integer below 2^32, in the fewest octets; 0 takes none. [RFC 7252 §3.2]
 * @throws {WireError} `wire/out-of-range`
 */
export function uintOption(number: number, value: number): CoapOption {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new WireError(
      "wire/out-of-range",
      `option ${number}: ${value} is no 32-bit unsigned integer`,
    );
  }
  const octets: number[] = [];
  for (let left = value; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return { number, value: Uint8Array.from(octets) };
}

/**
 * The unsigned integer an option holds; leading zeros are allowed. [RFC 7252 §3.2]
 * @throws {WireError} `wire/out-of-range` beyond 4 octets: no option is longer
 */
export function uintValue(option: CoapOption): number {
  if (option.value.length > 4) {
    throw new WireError(
      "wire/out-of-range",
      `option ${option.number}: ${option.value.length} octets for an integer`,
    );
  }
  return option.value.reduce((value, octet) => value * 256 + octet, 0);
}

/**
 * The text an option holds. [RFC 7252 §3.2]
 * @throws {WireError} `wire/malformed` unless it is UTF-8
 */
export function stringValue(option: CoapOption): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(option.value);
  } catch (cause) {
    throw new WireError("wire/malformed", `option ${option.number}: not UTF-8`, { cause });
  }
}

/** The first option with this number. */
export function findOption(options: readonly CoapOption[], number: number): CoapOption | undefined {
  return options.find((option) => option.number === number);
}

/**
 * The integer of the first option with this number, if there is one.
 * @throws {WireError} as `uintValue`
 */
export function findUint(options: readonly CoapOption[], number: number): number | undefined {
  const option = findOption(options, number);
  return option === undefined ? undefined : uintValue(option);
}

/**
 * The texts of all options with this number, in order.
 * @throws {WireError} as `stringValue`
 */
export function stringsOf(options: readonly CoapOption[], number: number): string[] {
  return options.filter((option) => option.number === number).map(stringValue);
}

/** The path's segments, in order. @throws {WireError} as `stringValue`. [RFC 7252 §5.10.1] */
export function uriPath(options: readonly CoapOption[]): string[] {
  return stringsOf(options, OptionNumber.UriPath);
}

/** The query's arguments, in order. @throws {WireError} as `stringValue`. [RFC 7252 §5.10.1] */
export function uriQuery(options: readonly CoapOption[]): string[] {
  return stringsOf(options, OptionNumber.UriQuery);
}

/** The Content-Format, if it is named. @throws {WireError} as `uintValue`. [RFC 7252 §5.10.3] */
export function contentFormat(options: readonly CoapOption[]): number | undefined {
  return findUint(options, OptionNumber.ContentFormat);
}

/** One Uri-Path option a segment. [RFC 7252 §5.10.1] */
export function uriPathOptions(segments: readonly string[]): CoapOption[] {
  return segments.map((segment) => stringOption(OptionNumber.UriPath, segment));
}

/** One Uri-Query option an argument. [RFC 7252 §5.10.1] */
export function uriQueryOptions(queries: readonly string[]): CoapOption[] {
  return queries.map((query) => stringOption(OptionNumber.UriQuery, query));
}

/** Options in ascending order of their numbers; those of one number keep their order. [RFC 7252 §3.1] */
export function sortOptions(options: readonly CoapOption[]): CoapOption[] {
  return options.toSorted((a, b) => a.number - b.number);
}

/** The largest block is 1024 octets; size exponent 7 is reserved. [RFC 7959 §2.2] */
export const MAX_BLOCK_EXPONENT = 6;

/** A piece of a body: the one at `number` times its size. [RFC 7959 §2.2] */
export interface Block {
  readonly number: number;
  readonly more: boolean;
  /** The size is `2 ** (exponent + 4)` octets. */
  readonly exponent: number;
}

/** The size of a block in octets. [RFC 7959 §2.2] */
export function blockSize({ exponent }: Pick<Block, "exponent">): number {
  return 2 ** (exponent + 4);
}

/** A Block2 option. @throws {WireError} `wire/out-of-range`. [RFC 7959 §2.2] */
export function block2Option({ number, more, exponent }: Block): CoapOption {
  const isNumber = Number.isInteger(number) && number >= 0 && number < 2 ** 20;
  if (!isNumber || exponent < 0 || exponent > MAX_BLOCK_EXPONENT) {
    throw new WireError("wire/out-of-range", `Block2: no block ${number} of exponent ${exponent}`);
  }
  return uintOption(OptionNumber.Block2, number * 16 + (more ? 8 : 0) + exponent);
}

/**
 * The block that a Block2 option names, if there is one. [RFC 7959 §2.2]
 * @throws {WireError} `wire/out-of-range` beyond 3 octets; `wire/malformed` for the reserved size
 */
export function findBlock2(options: readonly CoapOption[]): Block | undefined {
  const option = findOption(options, OptionNumber.Block2);
  if (option === undefined) return undefined;
  if (option.value.length > 3) {
    throw new WireError("wire/out-of-range", `Block2: ${option.value.length} octets`);
  }
  const value = uintValue(option);
  const exponent = value % 8;
  if (exponent > MAX_BLOCK_EXPONENT) {
    throw new WireError("wire/malformed", `Block2: size exponent ${exponent} is reserved`);
  }
  return { number: Math.floor(value / 16), more: (value & 8) !== 0, exponent };
}
