import type { ClientCredentials } from "./credentials.ts";
import { fingerprintOf } from "./crypto/x509.ts";
import type { PeerIdentity } from "./session.ts";

/** Who a client is by its credentials: what its own session says of it. */
export function clientIdentity(credentials: ClientCredentials): PeerIdentity {
  switch (credentials.type) {
    case "psk":
      return { type: "psk", identity: credentials.identity };
    case "certificate": {
      const { names, subject, fingerprint } = credentials.own.chain[0];
      return { type: "certificate", names: names.dns, subject, fingerprint };
    }
    case "raw-public-key":
      return { type: "raw-public-key", fingerprint: fingerprintOf(credentials.own.spki) };
  }
}

/**
 * The name under which a client keeps its sessions, see `ResumableSession.credential`: another one as soon as anything
 * differs by which either end believes the other, so that no old session outlives the reason it was believed for. It
 * is as secret as the sessions that it stands in: someone who guesses a weak key could check the guess with it.
 */
export function credentialName(credentials: ClientCredentials): string {
  const text = JSON.stringify([credentials.type, ...ingredients(credentials)]);
  return fingerprintOf(new TextEncoder().encode(text));
}

/** What a client proves itself with, and believes a server by. */
function ingredients(credentials: ClientCredentials): readonly unknown[] {
  switch (credentials.type) {
    case "psk":
      return [credentials.identity, fingerprintOf(credentials.key)];
    case "certificate": {
      const { own, trust, server } = credentials;
      const anchors = trust.anchors.map((anchor) => anchor.fingerprint).toSorted();
      const revoked = [...trust.revocations].toSorted();
      return [own.chain[0].fingerprint, anchors, revoked, trust.legacy, server.host];
    }
    case "raw-public-key":
      return [
        fingerprintOf(credentials.own.spki),
        credentials.trusted.map(fingerprintOf).toSorted(),
      ];
  }
}
