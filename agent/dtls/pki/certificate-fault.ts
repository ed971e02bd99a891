import type { AlertDescription } from "../../wire/dtls/alert.ts";
import type { Certificate } from "./certificate.ts";

/** Why a certificate is not believed. */
export interface CertificateFault {
  readonly tag: "fault";
  /** The `AlertDescription` that tells the peer. */
  readonly alert: number;
  /** The subject of the certificate that is at fault, which may be a CA's. */
  readonly certificate: string;
  /**
   * Words that follow "the server's certificate": `expired on 2024-01-01 (certificate CN=…, issued by CN=…)`. They
   * come from the peer in part, and are shortened and free of control characters.
   */
  readonly reason: string;
}

/** Alerts about certificates. */
export type CertificateAlert =
  | typeof AlertDescription.badCertificate
  | typeof AlertDescription.unsupportedCertificate
  | typeof AlertDescription.certificateRevoked
  | typeof AlertDescription.certificateExpired
  | typeof AlertDescription.unknownCa;

const MAX_WORDS = 400;

/** A fault of a peer's own certificate: `what` follows "the certificate". */
export function faultOf(
  alert: CertificateAlert,
  certificate: Certificate,
  what: string,
): CertificateFault {
  const said = what.replaceAll(/\p{C}/gu, "\ufffd"); // names in it are the peer's
  const short = said.length > MAX_WORDS ? `${said.slice(0, MAX_WORDS)}…` : said;
  const reason = `${short} (${called(certificate)})`;
  return { tag: "fault", alert, certificate: certificate.subject, reason };
}

/** A fault of a certificate on which the peer's rests: `what` follows "the certificate". */
export function faultOfCa(
  alert: CertificateAlert,
  certificate: Certificate,
  what: string,
): CertificateFault {
  return faultOf(alert, certificate, `rests on a CA's certificate that ${what}`);
}

/** Which certificate this is, for people. */
export function called({ subject, issuer, serial }: Certificate): string {
  const name = subject === "" ? `with the serial number ${serial}` : subject;
  return `certificate ${name}, issued by ${issuer === "" ? "nobody" : issuer}`;
}

/** The day of a time since the Unix epoch in milliseconds, as ISO 8601 in UTC. */
export function dayOf(ms: number): string {
  // oxlint-disable-next-line eslint/no-restricted-globals -- writes a time that is given; asks for none
  return new Date(ms).toISOString().slice(0, 10);
}

/** At most three of them, and how many more there are. */
export function someOf(all: readonly string[]): string {
  const shown = all.slice(0, 3).join(", ");
  return all.length > 3 ? `${shown} and ${all.length - 3} more` : shown;
}
