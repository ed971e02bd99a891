import { ByteReader, ByteWriter } from "../bytes.ts";
import type { Extension } from "./extensions.ts";
import { readExtensions, writeExtensions } from "./extensions.ts";
import { RANDOM_LENGTH, refuseBadRandom, refuseBadSessionId } from "./hello-fields.ts";

/** What the server chose. [RFC 5246 §7.4.1.3] */
export interface ServerHello {
  readonly version: number;
  /** 32 octets. */
  readonly random: Uint8Array;
  /** At most 32 octets. */
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  /** Empty where the message has none. */
  readonly extensions: readonly Extension[];
}

/** Body of ServerHello. [RFC 5246 §7.4.1.3] @throws {WireError} */
export function decodeServerHello(body: Uint8Array): ServerHello {
  const r = new ByteReader(body);
  const version = r.u16("server_version");
  const random = r.bytes(RANDOM_LENGTH, "random");
  const sessionId = r.opaque8("session_id");
  refuseBadSessionId(sessionId);
  const cipherSuite = r.u16("cipher_suite");
  const compressionMethod = r.u8("compression_method");
  const extensions = readExtensions(r);
  r.end("ServerHello");
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions };
}

/** Body of ServerHello. [RFC 5246 §7.4.1.3] @throws {WireError} when a field does not fit */
export function encodeServerHello(m: ServerHello): Uint8Array {
  refuseBadRandom(m.random);
  refuseBadSessionId(m.sessionId);
  const w = new ByteWriter().u16(m.version).bytes(m.random).opaque8(m.sessionId);
  w.u16(m.cipherSuite).u8(m.compressionMethod);
  writeExtensions(w, m.extensions);
  return w.done();
}
