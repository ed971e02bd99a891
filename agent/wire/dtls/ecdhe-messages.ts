import { ByteReader, ByteWriter } from "../bytes.ts";
import {
  readEcdhParams,
  readEcPoint,
  writeEcdhParams,
  writeEcPoint,
  type EcdhParams,
} from "./ecdh-params.ts";

/** The server's ephemeral key, signed with the key of its certificate. [RFC 8422 §5.4] */
export interface ServerKeyExchangeEcdhe extends EcdhParams {
  /** How it is signed: SignatureAndHashAlgorithm as one number. [RFC 5246 §4.7] */
  readonly scheme: number;
  /** Over both randoms and `serverEcdhParams`. */
  readonly signature: Uint8Array;
}

/** The client's ephemeral key. [RFC 8422 §5.7] */
export interface ClientKeyExchangeEcdhe {
  /** 1 to 255 octets. */
  readonly publicKey: Uint8Array;
}

/**
 * The octets of ServerKeyExchange that its signature covers after the two randoms; there is one encoding
 * only, so they are the ones that came in. [RFC 8422 §5.4] @throws {WireError} when a field does not fit
 */
export function serverEcdhParams(params: EcdhParams): Uint8Array {
  const w = new ByteWriter();
  writeEcdhParams(w, params);
  return w.done();
}

/**
 * Body of ServerKeyExchange in the ECDHE_ECDSA and ECDHE_RSA exchanges. [RFC 8422 §5.4]
 * @throws {WireError} `wire/unknown-critical` for a curve that is not a named one
 */
export function decodeServerKeyExchangeEcdhe(body: Uint8Array): ServerKeyExchangeEcdhe {
  const r = new ByteReader(body);
  const { group, publicKey } = readEcdhParams(r);
  const scheme = r.u16("SignatureAndHashAlgorithm");
  const signature = r.opaque16("signature");
  r.end("ServerKeyExchange");
  return { group, publicKey, scheme, signature };
}

/** Body of ServerKeyExchange in the ECDHE_ECDSA and ECDHE_RSA exchanges. [RFC 8422 §5.4] @throws {WireError} when a field does not fit */
export function encodeServerKeyExchangeEcdhe(m: ServerKeyExchangeEcdhe): Uint8Array {
  const w = new ByteWriter();
  writeEcdhParams(w, m);
  return w.u16(m.scheme).opaque16(m.signature).done();
}

/** Body of ClientKeyExchange in the ECDHE_ECDSA and ECDHE_RSA exchanges. [RFC 8422 §5.7] @throws {WireError} */
export function decodeClientKeyExchangeEcdhe(body: Uint8Array): ClientKeyExchangeEcdhe {
  const r = new ByteReader(body);
  const publicKey = readEcPoint(r);
  r.end("ClientKeyExchange");
  return { publicKey };
}

/** Body of ClientKeyExchange in the ECDHE_ECDSA and ECDHE_RSA exchanges. [RFC 8422 §5.7] @throws {WireError} unless the key has 1 to 255 octets */
export function encodeClientKeyExchangeEcdhe({ publicKey }: ClientKeyExchangeEcdhe): Uint8Array {
  const w = new ByteWriter();
  writeEcPoint(w, publicKey);
  return w.done();
}
