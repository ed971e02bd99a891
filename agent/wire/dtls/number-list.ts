import { ByteReader, WireError, type ByteWriter } from "../bytes.ts";

/**
 * A list of registered numbers, two octets each, behind its length in two octets; never empty.
 * [RFC 5246 §4.3] @throws {WireError}
 */
export function readU16List(r: ByteReader, list: string, item: string): number[] {
  const octets = new ByteReader(r.opaque16(list));
  const numbers: number[] = [];
  while (octets.left > 0) numbers.push(octets.u16(item));
  refuseEmptyList(numbers, list);
  return numbers;
}

/** Writes what `readU16List` reads. @throws {WireError} when it is empty or does not fit */
export function writeU16List(w: ByteWriter, numbers: readonly number[], list: string): void {
  refuseEmptyList(numbers, list);
  w.u16(numbers.length * 2);
  for (const number of numbers) w.u16(number);
}

/**
 * A list of registered numbers, one octet each, behind its length in one octet; never empty.
 * [RFC 5246 §4.3] @throws {WireError}
 */
export function readU8List(r: ByteReader, list: string): number[] {
  const numbers = [...r.opaque8(list)];
  refuseEmptyList(numbers, list);
  return numbers;
}

/** Writes what `readU8List` reads. @throws {WireError} when it is empty or does not fit */
export function writeU8List(w: ByteWriter, numbers: readonly number[], list: string): void {
  refuseEmptyList(numbers, list);
  w.u8(numbers.length);
  for (const number of numbers) w.u8(number);
}

function refuseEmptyList(numbers: readonly number[], list: string): void {
  if (numbers.length === 0) throw new WireError("wire/malformed", `${list} is empty`);
}
