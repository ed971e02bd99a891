import type { Provider, Session } from "../control/contract.ts";
import type { OwnCertificate } from "../dtls/credentials.ts";
import type { Millis } from "../net/ports.ts";
import { firstOver } from "./credentials.ts";
import { instant } from "./instant.ts";

/** Our certificates as they are shown, and how long they are still good. */

export type CertificateState = NonNullable<Session["certificate"]>["state"];

const DAY_MS: Millis = 86_400_000;

/** So long before the end there is time to get a new one. */
const SOON_DAYS = 30;

/** @param nowMs wall time */
export function certificateState(own: OwnCertificate, nowMs: Millis): CertificateState {
  const leftMs = firstOver(own).notAfter - nowMs;
  if (leftMs < 0) return "expired";
  return leftMs < SOON_DAYS * DAY_MS ? "expiring" : "valid";
}

/** As a session shows it. */
export function sessionCertificate(
  own: OwnCertificate,
  nowMs: Millis,
): NonNullable<Session["certificate"]> {
  return {
    state: certificateState(own, nowMs),
    expiresAt: instant(firstOver(own).notAfter),
  };
}

/** As a provider shows it. `serverName`: what the server's certificate has to bear. */
export function providerCertificate(
  own: OwnCertificate,
  serverName: string,
  nowMs: Millis,
): NonNullable<Provider["certificate"]> {
  const { subject, issuer, fingerprint } = own.chain[0];
  return { subject, issuer, fingerprint, serverName, ...sessionCertificate(own, nowMs) };
}

/** Whole days until it is over; 0 on its last day. */
export function daysLeft(own: OwnCertificate, nowMs: Millis): number {
  return Math.max(0, Math.floor((firstOver(own).notAfter - nowMs) / DAY_MS));
}
