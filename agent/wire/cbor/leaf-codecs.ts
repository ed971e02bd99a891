/** How each type of leaf is read from CBOR and written to it. [RFC 9132 §6] */

import { Tagged } from "cborg";
import type { BodyPath } from "./body-path.ts";
import { MAJOR } from "./cbor-reader.ts";
import type { CborReader } from "./cbor-reader.ts";
import { decimalText, hundredthsOf, hundredthsOfText } from "./decimal64.ts";
import { dotsEnumerations, enumCode, enumName } from "./dots-schema.ts";
import type { Enumeration, LeafType } from "./dots-schema.ts";

/** A leaf in the RFC's JSON. */
type JsonLeaf = string | number | boolean;

/** A leaf as the CBOR encoder takes it. */
export type CborLeaf = string | number | bigint | boolean | Tagged;

/** Both directions of one type. `name` is the parameter's; it says which enumeration is meant. */
interface LeafCodec {
  /** Reads a value whose head has been read. @throws {WireError} */
  readonly decode: (reader: CborReader, name: string) => JsonLeaf;
  /** Turns a value that may be anything into what is to be encoded. @throws {WireError} */
  readonly encode: (value: unknown, path: BodyPath, name: string) => CborLeaf;
}

/** Decimal fractions: [exponent, mantissa]. [RFC 8949 §3.4.4] */
const TAG_DECIMAL_FRACTION = 4;

const UINT32_MAX = 2 ** 32 - 1;
const UINT64_MAX = 2n ** 64n - 1n;

function decodeUint(reader: CborReader, max: number | bigint): number | bigint {
  if (reader.major === MAJOR.negative)
    throw reader.path.fault("wire/out-of-range", "expected no negative number");
  if (reader.major !== MAJOR.unsigned)
    throw reader.path.fault("wire/malformed", "expected an integer");
  if (reader.argument > max)
    throw reader.path.fault("wire/out-of-range", `${reader.argument} is more than ${max}`);
  return reader.argument;
}

function encodeInteger(value: unknown, path: BodyPath, min: number, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value))
    throw path.fault("wire/malformed", "expected an integer");
  if (value < min || value > max)
    throw path.fault("wire/out-of-range", `${value} is not from ${min} to ${max}`);
  return value;
}

function uintLeaf(max: number): LeafCodec {
  return {
    decode: (reader) => Number(decodeUint(reader, max)),
    encode: (value, path) => encodeInteger(value, path, 0, max),
  };
}

/** A number in CBOR, a decimal string in JSON. */
function uintTextLeaf(max: bigint): LeafCodec {
  return {
    decode: (reader) => String(decodeUint(reader, max)),
    encode: (value, path) => {
      if (typeof value !== "string" || !/^(0|[1-9]\d*)$/.test(value)) {
        throw path.fault("wire/malformed", "expected a string of decimal digits");
      }
      if (value.length > 20 || BigInt(value) > max)
        throw path.fault("wire/out-of-range", `${value} is more than ${max}`);
      return BigInt(value);
    },
  };
}

/** Seconds, or -1. [RFC 9132 §5.3] */
const lifetime: LeafCodec = {
  decode: (reader) => {
    if (reader.major === MAJOR.negative && reader.argument === 0) return -1;
    return Number(decodeUint(reader, UINT32_MAX));
  },
  encode: (value, path) => encodeInteger(value, path, -1, UINT32_MAX),
};

const text: LeafCodec = {
  decode: (reader) => {
    if (reader.major !== MAJOR.text) throw reader.path.fault("wire/malformed", "expected text");
    return reader.text();
  },
  encode: (value, path) => {
    if (typeof value !== "string") throw path.fault("wire/malformed", "expected text");
    if (/\p{Surrogate}/u.test(value))
      throw path.fault("wire/malformed", "text with half a surrogate pair");
    return value;
  },
};

const boolean: LeafCodec = {
  decode: (reader) => {
    const value = reader.boolean;
    if (value === undefined) throw reader.path.fault("wire/malformed", "expected true or false");
    return value;
  },
  encode: (value, path) => {
    if (typeof value !== "boolean") throw path.fault("wire/malformed", "expected true or false");
    return value;
  },
};

const enumeration: LeafCodec = {
  decode: (reader, name) => {
    const code = decodeUint(reader, UINT32_MAX);
    const found = isEnumeration(name) ? enumName(name, Number(code)) : undefined;
    if (found === undefined)
      throw reader.path.fault("wire/out-of-range", `unassigned code ${code}`);
    return found;
  },
  encode: (value, path, name) => {
    if (typeof value !== "string")
      throw path.fault("wire/malformed", "expected the name of a code");
    const code = isEnumeration(name) ? enumCode(name, value) : undefined;
    if (code === undefined)
      throw path.fault("wire/out-of-range", `no code is named ${JSON.stringify(value)}`);
    return code;
  },
};

function isEnumeration(name: string): name is Enumeration {
  return Object.hasOwn(dotsEnumerations, name);
}

/** Any exponent is understood, since peers send the shortest form; ours is always -2 as Table 5 has it. */
const decimal64: LeafCodec = {
  decode: (reader) => {
    const isFraction = reader.major === MAJOR.tag && reader.argument === TAG_DECIMAL_FRACTION;
    if (!isFraction)
      throw reader.path.fault("wire/malformed", "expected a decimal fraction (tag 4)");
    reader.head();
    if (reader.major !== MAJOR.array || reader.argument !== 2) {
      throw reader.path.fault("wire/malformed", "expected [exponent, mantissa] in tag 4");
    }
    const exponent = decodeSigned(reader);
    const hundredths = hundredthsOf(exponent, decodeSigned(reader));
    if (hundredths === undefined) {
      throw reader.path.fault(
        "wire/out-of-range",
        "a decimal that two fraction digits cannot hold",
      );
    }
    return decimalText(hundredths);
  },
  encode: (value, path) => {
    const hundredths = typeof value === "string" ? hundredthsOfText(value) : undefined;
    if (hundredths === undefined) {
      throw path.fault(
        "wire/malformed",
        "expected a decimal with at most two fraction digits, as a string",
      );
    }
    return new Tagged(TAG_DECIMAL_FRACTION, [-2, hundredths]);
  },
};

/** An integer of major type 0 or 1: a bignum is refused, as no value here needs one. */
function decodeSigned(reader: CborReader): bigint {
  reader.head();
  if (reader.major === MAJOR.unsigned) return BigInt(reader.argument);
  if (reader.major === MAJOR.negative) return -1n - BigInt(reader.argument);
  throw reader.path.fault("wire/malformed", "expected two integers in tag 4");
}

/** The codec of every leaf type. */
export const leafCodecs: Readonly<Record<LeafType, LeafCodec>> = {
  boolean,
  decimal64,
  enumeration,
  lifetime,
  text,
  uint8: uintLeaf(255),
  uint16: uintLeaf(65535),
  uint32: uintLeaf(UINT32_MAX),
  "uint32-text": uintTextLeaf(BigInt(UINT32_MAX)),
  "uint64-text": uintTextLeaf(UINT64_MAX),
};
