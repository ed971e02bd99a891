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
