import { createHash, createHmac } from "node:crypto";
import { concatBytes } from "../../wire/bytes.ts";
import { wipe } from "./constant-time.ts";

/** The hash functions of our suites. */
export type HashName = "sha256" | "sha384";

/** The digest of all parts, one after the other. */
export function hash(name: HashName, ...data: readonly Uint8Array[]): Uint8Array {
  const digest = createHash(name);
  for (const part of data) digest.update(part);
  return plain(digest.digest());
}

/** The HMAC of all parts, one after the other. [RFC 2104 §2] */
export function hmac(name: HashName, key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac(name, key);
  for (const part of data) mac.update(part);
  return plain(mac.digest());
}

/** `length` octets of keying material out of `secret`. `label` is ASCII. [RFC 5246 §5] */
export function prf(
  name: HashName,
  secret: Uint8Array,
  label: string,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const labelled = concatBytes(new TextEncoder().encode(label), seed);
  const out = new Uint8Array(length);
  let a = hmac(name, secret, labelled);
  for (let at = 0; at < length;) {
    const block = hmac(name, secret, a, labelled);
    out.set(block.subarray(0, length - at), at);
    at += block.length;
    wipe(block);
    const next = hmac(name, secret, a);
    wipe(a);
    a = next;
  }
  wipe(a);
  return out;
}

/** The same octets without the methods of Buffer. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
