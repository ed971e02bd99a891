import { ByteReader, ByteWriter } from "../bytes.ts";
import {
  readEcdhParams,
  readEcPoint,
  writeEcdhParams,
  writeEcPoint,
  type EcdhParams,
} from "./ecdh-params.ts";

/** Tells a client which key is meant; empty where an ECDHE_PSK server has nothing to tell. [RFC 4279 §2] */
export interface ServerKeyExchangePsk {
  readonly hint: Uint8Array;
}

/** The hint, empty for none, and the server's ephemeral key. [RFC 5489 §2] */
export interface ServerKeyExchangeEcdhePsk extends EcdhParams {
  readonly hint: Uint8Array;
}

/** Which key the client uses. May be empty on the wire; whether one is known is the server's matter. [RFC 4279 §2] */
export interface ClientKeyExchangePsk {
  readonly identity: Uint8Array;
}

/** Which key the client uses, and its ephemeral key. [RFC 5489 §2] */
export interface ClientKeyExchangeEcdhePsk {
  readonly identity: Uint8Array;
  /** 1 to 255 octets. */
  readonly publicKey: Uint8Array;
}

/** Body of ServerKeyExchange in the PSK exchange. [RFC 4279 §2] @throws {WireError} */
export function decodeServerKeyExchangePsk(body: Uint8Array): ServerKeyExchangePsk {
  const r = new ByteReader(body);
  const hint = r.opaque16("psk_identity_hint");
  r.end("ServerKeyExchange");
  return { hint };
}

/** Body of ServerKeyExchange in the PSK exchange. [RFC 4279 §2] @throws {WireError} when the hint does not fit */
export function encodeServerKeyExchangePsk(m: ServerKeyExchangePsk): Uint8Array {
  return new ByteWriter().opaque16(m.hint).done();
}

/**
 * Body of ServerKeyExchange in the ECDHE_PSK exchange. [RFC 5489 §2] [RFC 8422 §5.4]
 * @throws {WireError} `wire/unknown-critical` for a curve that is not a named one
 */
export function decodeServerKeyExchangeEcdhePsk(body: Uint8Array): ServerKeyExchangeEcdhePsk {
  const r = new ByteReader(body);
  const hint = r.opaque16("psk_identity_hint");
  const { group, publicKey } = readEcdhParams(r);
  r.end("ServerKeyExchange");
  return { hint, group, publicKey };
}

/** Body of ServerKeyExchange in the ECDHE_PSK exchange. [RFC 5489 §2] @throws {WireError} when a field does not fit */
export function encodeServerKeyExchangeEcdhePsk(m: ServerKeyExchangeEcdhePsk): Uint8Array {
  const w = new ByteWriter().opaque16(m.hint);
  writeEcdhParams(w, m);
  return w.done();
}

/** Body of ClientKeyExchange in the PSK exchange. [RFC 4279 §2] @throws {WireError} */
export function decodeClientKeyExchangePsk(body: Uint8Array): ClientKeyExchangePsk {
  const r = new ByteReader(body);
  const identity = r.opaque16("psk_identity");
  r.end("ClientKeyExchange");
  return { identity };
}

/** Body of ClientKeyExchange in the PSK exchange. [RFC 4279 §2] @throws {WireError} when the identity does not fit */
export function encodeClientKeyExchangePsk(m: ClientKeyExchangePsk): Uint8Array {
  return new ByteWriter().opaque16(m.identity).done();
}

/** Body of ClientKeyExchange in the ECDHE_PSK exchange. [RFC 5489 §2] @throws {WireError} */
export function decodeClientKeyExchangeEcdhePsk(body: Uint8Array): ClientKeyExchangeEcdhePsk {
  const r = new ByteReader(body);
  const identity = r.opaque16("psk_identity");
  const publicKey = readEcPoint(r);
  r.end("ClientKeyExchange");
  return { identity, publicKey };
}

/** Body of ClientKeyExchange in the ECDHE_PSK exchange. [RFC 5489 §2] @throws {WireError} when a field does not fit */
export function encodeClientKeyExchangeEcdhePsk(m: ClientKeyExchangeEcdhePsk): Uint8Array {
  const w = new ByteWriter().opaque16(m.identity);
  writeEcPoint(w, m.publicKey);
  return w.done();
}
