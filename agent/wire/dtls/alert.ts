import { ByteReader, ByteWriter, WireError } from "../bytes.ts";

/** How bad it is. [RFC 5246 §7.2] */
export const AlertLevel = { warning: 1, fatal: 2 } as const;

/** What happened. [RFC 5246 §7.2] */
export const AlertDescription = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  decryptionFailed: 21, // reserved: may not be sent
  recordOverflow: 22,
  decompressionFailure: 30,
  handshakeFailure: 40,
  noCertificate: 41, // reserved: may not be sent
  badCertificate: 42,
  unsupportedCertificate: 43,
  certificateRevoked: 44,
  certificateExpired: 45,
  certificateUnknown: 46,
  illegalParameter: 47,
  unknownCa: 48,
  accessDenied: 49,
  decodeError: 50,
  decryptError: 51,
  exportRestriction: 60, // reserved: may not be sent
  protocolVersion: 70,
  insufficientSecurity: 71,
  internalError: 80,
  inappropriateFallback: 86, // [RFC 7507 §4]
  userCanceled: 90,
  noRenegotiation: 100,
  unsupportedExtension: 110,
  unrecognizedName: 112, // [RFC 6066 §9]
  unknownPskIdentity: 115, // [RFC 4279 §6]
  noApplicationProtocol: 120, // [RFC 7301 §3.2]
} as const;

/** One alert. [RFC 5246 §7.2] */
export interface Alert {
  readonly level: 1 | 2;
  /** An `AlertDescription`, or one of which we know nothing. */
  readonly description: number;
}

const names = new Map<number, string>(
  Object.entries(AlertDescription).map(([name, value]) => [value, registeredName(name)]),
);

/** The registered name, `handshake_failure`; `alert_N` for one of which we know nothing. */
export function alertName(description: number): string {
  return names.get(description) ?? `alert_${description}`;
}

/** Content of an alert record: exactly one alert. [RFC 5246 §7.2] @throws {WireError} */
export function decodeAlert(body: Uint8Array): Alert {
  const r = new ByteReader(body);
  const level = r.u8("AlertLevel");
  const description = r.u8("AlertDescription");
  r.end("Alert");
  if (level !== AlertLevel.warning && level !== AlertLevel.fatal) {
    throw new WireError("wire/out-of-range", `alert level ${level}`);
  }
  return { level, description };
}

/** Content of an alert record. [RFC 5246 §7.2] @throws {WireError} when the description does not fit */
export function encodeAlert(alert: Alert): Uint8Array {
  return new ByteWriter().u8(alert.level).u8(alert.description).done();
}

function registeredName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
