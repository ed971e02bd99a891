import { ByteReader, ByteWriter, WireError } from "../bytes.ts";
import type { Extension } from "./extensions.ts";
import { readExtensions, writeExtensions } from "./extensions.ts";
import { RANDOM_LENGTH, refuseBadRandom, refuseBadSessionId } from "./hello-fields.ts";

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
  const cipherSuites = readCipherSuites(r);
  const compressionMethods = [...r.opaque8("compression_methods")];
  refuseEmpty(compressionMethods, "compression_methods");
  const extensions = readExtensions(r);
  r.end("ClientHello");
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions };
}

/** Body of ClientHello. [RFC 6347 §4.2.1] @throws {WireError} when a field does not fit */
export function encodeClientHello(m: ClientHello): Uint8Array {
  refuseBadRandom(m.random);
  refuseBadSessionId(m.sessionId);
  refuseEmpty(m.cipherSuites, "cipher_suites");
  refuseEmpty(m.compressionMethods, "compression_methods");
  const w = new ByteWriter().u16(m.version).bytes(m.random).opaque8(m.sessionId).opaque8(m.cookie);
  w.u16(m.cipherSuites.length * 2);
  for (const suite of m.cipherSuites) w.u16(suite);
  w.u8(m.compressionMethods.length);
  for (const method of m.compressionMethods) w.u8(method);
  writeExtensions(w, m.extensions);
  return w.done();
}

function readCipherSuites(r: ByteReader): number[] {
  const list = new ByteReader(r.opaque16("cipher_suites"));
  const suites: number[] = [];
  while (list.left > 0) suites.push(list.u16("CipherSuite"));
  refuseEmpty(suites, "cipher_suites");
  return suites;
}

function refuseEmpty(list: readonly number[], what: string): void {
  if (list.length === 0) throw new WireError("wire/malformed", `${what} is empty`);
}
