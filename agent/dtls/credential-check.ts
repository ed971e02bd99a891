import type {
  ClientCredentials,
  OwnCertificate,
  PskClientCredentials,
  ServerCredentials,
  Trust,
} from "./credentials.ts";
import { serverExchanges } from "./negotiable.ts";
import { called, dayOf } from "./pki/certificate-fault.ts";
import { DtlsError } from "./session.ts";

/** What is wrong with credentials of ours, told before any packet. */

/** The longest identity and key that every peer must support are shorter. [RFC 4279 §5.3] */
const MAX_PSK_FIELD = 65_535;

/**
 * Refuses what cannot work whatever the server says.
 * @param atMs wall-clock time in milliseconds since the Unix epoch
 * @throws {DtlsError} `dtls/configuration`
 */
export function checkClientCredentials(credentials: ClientCredentials, atMs: number): void {
  refuse(clientFault(credentials, atMs));
}

/** Refuses what cannot serve anybody; parameters as above. @throws {DtlsError} `dtls/configuration` */
export function checkServerCredentials(credentials: ServerCredentials, atMs: number): void {
  const { certificates } = credentials;
  if (serverExchanges(credentials).size === 0) refuse("there is nothing to check clients with");
  if (!certificates) return;
  refuse(trustFault(certificates.trust));
  for (const own of certificates.own) refuse(timeFault(own, atMs));
}

function refuse(fault: string | undefined): void {
  if (fault !== undefined) throw new DtlsError("dtls/configuration", fault);
}

function clientFault(credentials: ClientCredentials, atMs: number): string | undefined {
  switch (credentials.type) {
    case "psk":
      return pskFault(credentials);
    case "certificate": {
      const { own, trust, server } = credentials;
      const nameless = server.host === "" ? "there is no name to expect of the server" : undefined;
      return nameless ?? trustFault(trust) ?? timeFault(own, atMs);
    }
    case "raw-public-key":
      return credentials.trusted.length === 0 ? "no public key of a server is trusted" : undefined;
  }
}

function pskFault({ identity, key }: PskClientCredentials): string | undefined {
  if (identity === "") return "the identity is empty";
  if (key.length === 0) return "the key is empty";
  const tooLong = new TextEncoder().encode(identity).length > MAX_PSK_FIELD;
  return tooLong || key.length > MAX_PSK_FIELD ? "the identity or the key is too long" : undefined;
}

function trustFault({ anchors }: Trust): string | undefined {
  return anchors.length === 0 ? "no certificate authority is trusted" : undefined;
}

/** It was in time when it was read; that may be long ago. */
function timeFault({ chain }: OwnCertificate, atMs: number): string | undefined {
  for (const certificate of chain) {
    const { notBefore, notAfter } = certificate;
    const which = `our certificate cannot be used (${called(certificate)})`;
    if (atMs > notAfter) return `${which}: it expired on ${dayOf(notAfter)}`;
    if (atMs < notBefore) return `${which}: it is not valid before ${dayOf(notBefore)}`;
  }
  return undefined;
}
