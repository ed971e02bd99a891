import { WireError } from "../../wire/bytes.ts";

/** One value in DER: what it is, what is in it, and all its octets. [X.690 §8.1] */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** Tags of [X.690 §8], with the bit of those that hold others. */
export const DerTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  /** The extensions in a TBSCertificate. [RFC 5280 §4.1] */
  extensions: 0xa3,
} as const;

const CONSTRUCTED = 0x20;
const LONG_TAG = 0x1f;

/**
 * The values that follow each other in `octets`: views of them, one level deep.
 * @param limit how many there may be
 * @throws {WireError} `wire/malformed` for what is not DER, or is more than that
 */
export function derValues(octets: Uint8Array, limit: number): readonly DerValue[] {
  const values: DerValue[] = [];
  let rest = octets;
  while (rest.length > 0) {
    if (values.length === limit) throw malformed(`more than ${limit} values in one`);
    const value = firstValue(rest);
    values.push(value);
    rest = rest.subarray(value.whole.length);
  }
  return values;
}

/**
 * Refuses octets in which more than `limit` values are, at any depth: readers that make an object of each are slow.
 * What is not DER counts as far as it goes.
 * @returns what is left of `limit`
 * @throws {WireError} `wire/malformed`
 */
export function boundValues(octets: Uint8Array, limit: number): number {
  let count = 0;
  const waiting = [octets];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.length === 0) continue;
    count += 1;
    if (count > limit) throw malformed("there are too many values in it");
    const value = readable(next);
    if (!value) continue;
    waiting.push(next.subarray(value.whole.length));
    if ((value.tag & CONSTRUCTED) !== 0) waiting.push(value.content);
  }
  return limit - count;
}

function readable(octets: Uint8Array): DerValue | undefined {
  try {
    return firstValue(octets);
  } catch {
    return undefined;
  }
}

/** Tags of one octet, definite lengths in the shortest form: nothing else is in what is read here. */
function firstValue(octets: Uint8Array): DerValue {
  const [tag, first] = octets;
  if (tag === undefined || first === undefined || (tag & LONG_TAG) === LONG_TAG) throw notDer();
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 2 || first === 0x80) throw notDer();
  const start = 2 + extra;
  const length = octets.subarray(2, start).reduce((sum, octet) => sum * 256 + octet, 0);
  if (extra > 0 && length < (extra === 1 ? 0x80 : 0x100)) throw notDer();
  const end = start + (extra === 0 ? first : length);
  if (octets.length < end) throw notDer();
  return { tag, content: octets.subarray(start, end), whole: octets.subarray(0, end) };
}

/** A value that is there in DER, and is no negative INTEGER: undefined for any other. [X.690 §8.3] */
export function naturalOf(value: DerValue | undefined): bigint | undefined {
  if (value?.tag !== DerTag.integer) return undefined;
  const [first, second = 0] = value.content;
  if (first === undefined || first >= 0x80) return undefined;
  if (first === 0 && value.content.length > 1 && second < 0x80) return undefined;
  return value.content.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

function notDer(): WireError {
  return malformed("it is not DER");
}

/** Why octets are no certificate, or none that is read here. */
export function malformed(what: string, cause?: unknown): WireError {
  return new WireError("wire/malformed", `a certificate cannot be read: ${what}`, { cause });
}
