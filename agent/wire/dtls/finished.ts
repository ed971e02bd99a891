import { ByteReader, WireError } from "../bytes.ts";

/** Octets of `verify_data` in every suite of ours. [RFC 5246 §7.4.9] */
export const VERIFY_DATA_LENGTH = 12;

/** Body of Finished: the `verify_data`. [RFC 5246 §7.4.9] @throws {WireError} */
export function decodeFinished(body: Uint8Array): Uint8Array {
  const r = new ByteReader(body);
  const verifyData = r.bytes(VERIFY_DATA_LENGTH, "verify_data");
  r.end("Finished");
  return verifyData;
}

/** Body of Finished, a copy of its own. [RFC 5246 §7.4.9] @throws {WireError} unless there are 12 octets */
export function encodeFinished(verifyData: Uint8Array): Uint8Array {
  if (verifyData.length !== VERIFY_DATA_LENGTH) {
    throw new WireError("wire/out-of-range", `verify_data has ${verifyData.length} octets`);
  }
  return verifyData.slice();
}
