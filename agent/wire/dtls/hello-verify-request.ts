import { ByteReader, ByteWriter } from "../bytes.ts";

/** The server's question whether the client is where it says it is. [RFC 6347 §4.2.1] */
export interface HelloVerifyRequest {
  readonly version: number;
  /** At most 255 octets. */
  readonly cookie: Uint8Array;
}

/** Body of HelloVerifyRequest. [RFC 6347 §4.2.1] @throws {WireError} */
export function decodeHelloVerifyRequest(body: Uint8Array): HelloVerifyRequest {
  const r = new ByteReader(body);
  const version = r.u16("server_version");
  const cookie = r.opaque8("cookie");
  r.end("HelloVerifyRequest");
  return { version, cookie };
}

/** Body of HelloVerifyRequest. [RFC 6347 §4.2.1] @throws {WireError} when the cookie does not fit */
export function encodeHelloVerifyRequest(m: HelloVerifyRequest): Uint8Array {
  return new ByteWriter().u16(m.version).opaque8(m.cookie).done();
}
