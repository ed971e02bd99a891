import { createCipheriv } from "node:crypto";
import { DtlsError } from "../session.ts";
import type { Aead } from "./aead-types.ts";
import { constantTimeEqual, wipe } from "./constant-time.ts";

const BLOCK = 16;

/** Below this, two octets hold the length of the additional data. [RFC 3610 §2.2] */
const LONG_AAD = 0xff00;

/**
 * AES-CCM out of AES-CBC (for the tag) and AES-CTR (for the text), where the runtime has no CCM. [RFC 3610]
 * `key` has 16, 24 or 32 octets; nonces have 7 to 13. Keeps a copy of the key.
 * @throws {DtlsError} `dtls/configuration` for a key or a tag length that AES-CCM does not have
 */
export function createCcmFallback(key: Uint8Array, tagLength = 8): Aead {
  refuseBadParameters(key, tagLength);
  const ownKey = Uint8Array.from(key);
  let wiped = false;
  return {
    tagLength,
    seal(nonce, aad, plaintext) {
      if (wiped) throw new DtlsError("dtls/closed", "the key is wiped");
      return seal(ownKey, tagLength, nonce, aad, plaintext);
    },
    open(nonce, aad, sealed) {
      if (wiped || sealed.length < tagLength || !isNonce(nonce)) return undefined;
      return open(ownKey, tagLength, nonce, aad, sealed);
    },
    wipe() {
      wiped = true;
      wipe(ownKey);
    },
  };
}

function seal(
  key: Uint8Array,
  tagLength: number,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  if (!isNonce(nonce))
    throw new DtlsError("dtls/configuration", `a CCM nonce of ${nonce.length} octets`);
  if (plaintext.length >= 256 ** (15 - nonce.length)) {
    throw new DtlsError("dtls/too-large", `${plaintext.length} octets do not fit a CCM message`);
  }
  const tag = authenticate(key, tagLength, nonce, aad, plaintext);
  const { first, text } = crypt(key, nonce, tag, plaintext);
  const sealed = new Uint8Array(plaintext.length + tagLength);
  sealed.set(text);
  sealed.set(first.subarray(0, tagLength), plaintext.length);
  return sealed;
}

function open(
  key: Uint8Array,
  tagLength: number,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const length = sealed.length - tagLength;
  if (length >= 256 ** (15 - nonce.length)) return undefined;
  const { first, text } = crypt(key, nonce, sealed.subarray(length), sealed.subarray(0, length));
  const tag = authenticate(key, tagLength, nonce, aad, text);
  if (constantTimeEqual(first.subarray(0, tagLength), tag.subarray(0, tagLength))) return text;
  wipe(text); // nothing of a forgery is ever seen
  return undefined;
}

/** The CBC-MAC over the first block, the additional data and the text: a block, not cut yet. [RFC 3610 §2.2] */
function authenticate(
  key: Uint8Array,
  tagLength: number,
  nonce: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const aadHeader = aad.length === 0 ? 0 : aad.length < LONG_AAD ? 2 : 6;
  const textFrom = BLOCK + wholeBlocks(aadHeader + aad.length);
  const blocks = new Uint8Array(textFrom + wholeBlocks(plaintext.length));
  const lengthOctets = 15 - nonce.length;
  blocks[0] = (aad.length > 0 ? 0x40 : 0) | (((tagLength - 2) / 2) << 3) | (lengthOctets - 1);
  blocks.set(nonce, 1);
  putUint(blocks, BLOCK - lengthOctets, lengthOctets, plaintext.length);
  if (aadHeader === 6) putUint(blocks, BLOCK, 2, 0xfffe);
  putUint(blocks, BLOCK + Math.max(aadHeader - 4, 0), aadHeader === 6 ? 4 : aadHeader, aad.length);
  blocks.set(aad, BLOCK + aadHeader);
  blocks.set(plaintext, textFrom);
  const cbc = createCipheriv(
    `aes-${key.length * 8}-cbc`,
    key,
    new Uint8Array(BLOCK),
  ).setAutoPadding(false);
  const chained = cbc.update(blocks);
  wipe(blocks);
  return Uint8Array.from(chained.subarray(-BLOCK));
}

/** Key stream block 0 is for the tag, the blocks after it for the text: one run of CTR does both. [RFC 3610 §2.3] */
function crypt(
  key: Uint8Array,
  nonce: Uint8Array,
  tag: Uint8Array,
  text: Uint8Array,
): { first: Uint8Array; text: Uint8Array } {
  const counter = new Uint8Array(BLOCK);
  counter[0] = 14 - nonce.length;
  counter.set(nonce, 1);
  const input = new Uint8Array(BLOCK + text.length);
  input.set(tag);
  input.set(text, BLOCK);
  const output = createCipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(input);
  const first = new Uint8Array(output.buffer, output.byteOffset, BLOCK);
  return { first, text: new Uint8Array(output.buffer, output.byteOffset + BLOCK, text.length) };
}

function wholeBlocks(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}

function putUint(into: Uint8Array, at: number, octets: number, value: number): void {
  let left = value;
  for (let i = at + octets - 1; i >= at; i -= 1) {
    into[i] = left % 256;
    left = Math.floor(left / 256);
  }
}

function isNonce(nonce: Uint8Array): boolean {
  return nonce.length >= 7 && nonce.length <= 13;
}

function refuseBadParameters(key: Uint8Array, tagLength: number): void {
  if (![16, 24, 32].includes(key.length)) {
    throw new DtlsError("dtls/configuration", `an AES key of ${key.length} octets`);
  }
  if (![4, 6, 8, 10, 12, 14, 16].includes(tagLength)) {
    throw new DtlsError("dtls/configuration", `a CCM tag of ${tagLength} octets`);
  }
}
