/** The vectors of this folder: data files, one list each. */

import { readFileSync } from "node:fs";
import type { WireErrorCode } from "../../../../agent/wire/bytes.ts";
import type { DotsBody } from "../../../../agent/wire/cbor/types.ts";

/** A body in both forms. */
export interface BodyVector {
  readonly name: string;
  readonly source: string;
  readonly hex: string;
  readonly json: DotsBody;
  /** Why encoding `json` does not give `hex`; missing when it does. */
  readonly decodeOnly?: string;
}

/** Octets that are no body. */
export interface RefusedVector {
  readonly name: string;
  readonly hex: string;
  readonly code: WireErrorCode;
  /** A part of the message. */
  readonly message: string;
}

/** A row of Table 5. [RFC 9132 §6] */
export interface TableRow {
  readonly name: string;
  readonly yang: string;
  readonly key: number;
  /** Major types; for a list of leaves, the list and then the leaf. */
  readonly cbor: readonly string[];
  readonly json: string;
}

interface Files {
  "rfc9132.json": readonly BodyVector[];
  "go-dots.json": readonly BodyVector[];
  "liberal.json": readonly BodyVector[];
  "refused.json": readonly RefusedVector[];
  "table-5.json": readonly TableRow[];
}

/** The vectors of one file. */
export function vectors<Name extends keyof Files>(name: Name): Files[Name] {
  const text = readFileSync(new URL(`vectors/${name}`, import.meta.url), "utf8");
  return JSON.parse(text) as Files[Name];
}

/** All bodies that decode. */
export function bodyVectors(): readonly BodyVector[] {
  return [...vectors("rfc9132.json"), ...vectors("go-dots.json"), ...vectors("liberal.json")];
}

/** Octets from hexadecimal digits. */
export function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

/** Hexadecimal digits of octets. */
export function hexOf(data: Uint8Array): string {
  return Buffer.from(data).toString("hex");
}
