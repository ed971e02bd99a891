import { ByteReader, ByteWriter, concatBytes, WireError } from "../wire/bytes.ts";
import type { ServerSessionState } from "./resumption.ts";
import type { PeerIdentity } from "./session.ts";

/** The form that a session has inside a ticket, which nobody reads but the server that wrote it. [RFC 5077 §4] */

/** Of this form; a ticket of another one is as good as none. */
const VERSION = 1;
const MASTER_SECRET = 48;
const FINGERPRINT = 32;

const IdentityType = { psk: 0, certificate: 1, rawPublicKey: 2 } as const;

/** A session as octets, which hold its secret: the caller wipes them. @throws {WireError} when a field does not fit */
export function encodeServerSessionState(state: ServerSessionState): Uint8Array {
  const rest = new ByteWriter().u16(state.suite).u48(state.expiresAt).opaque16(state.binding);
  writeIdentity(rest, state.identity);
  // The secret goes past the writer, whose buffers stay behind.
  return concatBytes(Uint8Array.of(VERSION), state.master, rest.done());
}

/** The session that these octets are; its secret is a copy. @throws {WireError} */
export function decodeServerSessionState(octets: Uint8Array): ServerSessionState {
  const r = new ByteReader(octets);
  const version = r.u8("version");
  if (version !== VERSION) throw new WireError("wire/malformed", `a session of form ${version}`);
  const master = r.bytes(MASTER_SECRET, "master_secret").slice();
  const suite = r.u16("CipherSuite");
  const expiresAt = r.u48("expires_at");
  const binding = r.opaque16("binding").slice();
  const identity = readIdentity(r);
  r.end("session");
  return { suite, master, identity, binding, expiresAt };
}

function writeIdentity(w: ByteWriter, identity: PeerIdentity): void {
  switch (identity.type) {
    case "psk":
      w.u8(IdentityType.psk).opaque16(utf8(identity.identity));
      return;
    case "certificate":
      w.u8(IdentityType.certificate).bytes(fromHex(identity.fingerprint));
      w.opaque16(utf8(identity.subject)).u16(identity.names.length);
      for (const name of identity.names) w.opaque16(utf8(name));
      return;
    case "raw-public-key":
      w.u8(IdentityType.rawPublicKey).bytes(fromHex(identity.fingerprint));
  }
}

function readIdentity(r: ByteReader): PeerIdentity {
  const type = r.u8("identity_type");
  if (type === IdentityType.psk) return { type: "psk", identity: text(r.opaque16("identity")) };
  const fingerprint = toHex(r.bytes(FINGERPRINT, "fingerprint"));
  if (type === IdentityType.rawPublicKey) return { type: "raw-public-key", fingerprint };
  if (type !== IdentityType.certificate) {
    throw new WireError("wire/malformed", `an identity of type ${type}`);
  }
  const subject = text(r.opaque16("subject"));
  const count = r.u16("names");
  const names = Array.from({ length: count }, () => text(r.opaque16("name")));
  return { type: "certificate", names, subject, fingerprint };
}

const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);
const text = (octets: Uint8Array): string => new TextDecoder().decode(octets);

function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: FINGERPRINT }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}
