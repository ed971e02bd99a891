import { WireError, type ByteReader, type ByteWriter } from "../bytes.ts";

const NAMED_CURVE = 3; // ECCurveType [RFC 8422 §5.4]

/** The server's ephemeral key and the group it is of: ServerECDHParams. [RFC 8422 §5.4] */
export interface EcdhParams {
  /** A `NamedGroup`, or one of which we know nothing. */
  readonly group: number;
  /** 1 to 255 octets. */
  readonly publicKey: Uint8Array;
}

/** Reads ServerECDHParams. [RFC 8422 §5.4] @throws {WireError} `wire/unknown-critical` for a curve that is not a named one */
export function readEcdhParams(r: ByteReader): EcdhParams {
  const curveType = r.u8("ECCurveType");
  if (curveType !== NAMED_CURVE) {
    throw new WireError("wire/unknown-critical", `curve type ${curveType} is not named_curve`);
  }
  const group = r.u16("NamedCurve");
  return { group, publicKey: readEcPoint(r) };
}

/** Writes ServerECDHParams. [RFC 8422 §5.4] @throws {WireError} when a field does not fit */
export function writeEcdhParams(w: ByteWriter, { group, publicKey }: EcdhParams): void {
  w.u8(NAMED_CURVE).u16(group);
  writeEcPoint(w, publicKey);
}

/** Reads an ephemeral key. [RFC 8422 §5.4] @throws {WireError} also for an empty one */
export function readEcPoint(r: ByteReader): Uint8Array {
  const point = r.opaque8("ECPoint");
  refuseEmptyPoint(point);
  return point;
}

/** Writes an ephemeral key. [RFC 8422 §5.4] @throws {WireError} unless it has 1 to 255 octets */
export function writeEcPoint(w: ByteWriter, point: Uint8Array): void {
  refuseEmptyPoint(point);
  w.opaque8(point);
}

function refuseEmptyPoint(point: Uint8Array): void {
  if (point.length === 0) throw new WireError("wire/malformed", "ECPoint is empty");
}
