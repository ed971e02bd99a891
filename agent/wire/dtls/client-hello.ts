import { ByteReader, ByteWriter } from "../bytes.ts";
import type { Extension } from "./extensions.ts";
import { readExtensions, writeExtensions } from "./extensions.ts";
import { RANDOM_LENGTH, refuseBadRandom, refuseBadSessionId } from "./hello-fields.ts";
import { readU16List, readU8List, writeU16List, writeU8List } from "./number-list.ts";

/** The client's offer. [RFC 6347 §4.2.1] */
export interface ClientHello {
  readonly version: number;
  /** 32 octets. */
  readonly random: Uint8Array;
  /** At most 32 octets. */
  readonly sessionId: Uint8Array;
  /** At most 255 octets; empty until a HelloVerifyRequest gave one. */
  readonly cookie: Uint8Array;
  /** Preferred ones first; never empty. */
  readonly cipherSuites: readonly number[];
  /** Never empty. */
  readonly compressionMethods: readonly number[];
  /** Empty where the message has none. */
  readonly extensions: readonly Extension[];
}

/** Body of ClientHello. [RFC 6347 §4.2.1] @throws {WireError} */
export function decodeClientHello(body: Uint8Array): ClientHello {
  const r = new ByteReader(body);
  const version = r.u16("client_version");
  const random = r.bytes(RANDOM_LENGTH, "random");
  const sessionId = r.opaque8("session_id");
  refuseBadSessionId(sessionId);
  const cookie = r.opaque8("cookie");
  const cipherSuites = readU16List(r, "cipher_suites", "CipherSuite");
  const compressionMethods = readU8List(r, "compression_methods");
  const extensions = readExtensions(r);
  r.end("ClientHello");
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions };
}

/** Body of ClientHello. [RFC 6347 §4.2.1] @throws {WireError} when a field does not fit */
export function encodeClientHello(m: ClientHello): Uint8Array {
  refuseBadRandom(m.random);
  refuseBadSessionId(m.sessionId);
  const w = new ByteWriter().u16(m.version).bytes(m.random).opaque8(m.sessionId).opaque8(m.cookie);
  writeU16List(w, m.cipherSuites, "cipher_suites");
  writeU8List(w, m.compressionMethods, "compression_methods");
  writeExtensions(w, m.extensions);
  return w.done();
}
