import { ByteWriter, WireError } from "../bytes.ts";
import { MAX_PLAINTEXT_LENGTH } from "./record.ts";

/** What is protected in a record with a connection id. [RFC 9146 §4] */
export interface InnerPlaintext {
  /** The real `ContentType`, or a type of which we know nothing. */
  readonly type: number;
  readonly content: Uint8Array;
}

/**
 * Takes the content of an opened record with a connection id out of its padding; `content` is a view.
 * [RFC 9146 §4]
 * @throws {WireError} when there is nothing but padding, and when the content is too long for a record
 */
export function decodeInnerPlaintext(text: Uint8Array): InnerPlaintext {
  const at = text.findLastIndex((octet) => octet !== 0);
  const type = text[at];
  if (type === undefined) throw new WireError("wire/malformed", "a record has no content type");
  const content = text.subarray(0, at);
  refuseOverlong(content.length);
  return { type, content };
}

/**
 * What to protect in a record with a connection id: the content, its type, and `padding` octets that hide
 * its length. [RFC 9146 §4]
 * @throws {WireError} when a field does not fit, and for type 0, which would be lost in the padding
 */
export function encodeInnerPlaintext(type: number, content: Uint8Array, padding = 0): Uint8Array {
  if (type === 0) throw new WireError("wire/out-of-range", "content type 0 looks like padding");
  if (!Number.isInteger(padding) || padding < 0) {
    throw new WireError("wire/out-of-range", `${padding} octets of padding`);
  }
  refuseOverlong(content.length + padding);
  return new ByteWriter().bytes(content).u8(type).bytes(new Uint8Array(padding)).done();
}

function refuseOverlong(length: number): void {
  if (length <= MAX_PLAINTEXT_LENGTH) return;
  throw new WireError("wire/out-of-range", `${length} octets pass ${MAX_PLAINTEXT_LENGTH}`);
}
