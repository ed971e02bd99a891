import { concatBytes } from "../wire/bytes.ts";
import type { ServerCertificates, ServerCredentials, ServerRawPublicKey } from "./credentials.ts";
import { constantTimeEqual } from "./crypto/constant-time.ts";
import { hash, hmac } from "./crypto/prf.ts";
import { fingerprintOf } from "./crypto/x509.ts";
import type { ServerSessionState } from "./resumption.ts";

/*
 * What ties a session to be resumed to what its client proved itself with. Made in the full handshake and kept in the
 * session, made again from today's credentials at resumption: if anything has changed, the full handshake is due. The
 * name that the client asked for is in it too: a session is resumed under that name only. [RFC 6066 §3]
 */

/** Octets of SHA-256. */
const DIGEST = 32;

/** For a pre-shared key: a keyed digest, so that it tells nothing of the key. */
export function pskBinding(
  identity: string,
  key: Uint8Array,
  serverName: string | undefined,
): Uint8Array {
  return hmac("sha256", key, digest("psk", [serverName ?? "", identity]));
}

/** For a certificate: itself, and all by which it was believed, so that every revocation and new CA counts at once. */
export function certificateBinding(
  fingerprint: string,
  { own, trust }: ServerCertificates,
  serverName: string | undefined,
): Uint8Array {
  return digest("certificate", [
    serverName ?? "",
    fingerprint,
    String(trust.legacy),
    listed(trust.anchors.map((anchor) => anchor.fingerprint)),
    listed([...trust.revocations]),
    listed(own.map(({ chain }) => chain[0].fingerprint)),
  ]);
}

/** For a raw public key: that key itself goes along, as `isClient` has to be asked with it again. */
export function rawKeyBinding(
  spki: Uint8Array,
  { own }: ServerRawPublicKey,
  serverName: string | undefined,
): Uint8Array {
  const parts = [serverName ?? "", fingerprintOf(spki), fingerprintOf(own.spki)];
  return concatBytes(digest("raw-public-key", parts), spki);
}

/** Whether the client of that session would be believed today as it was then. */
export function bindingHolds(
  { identity, binding }: ServerSessionState,
  credentials: ServerCredentials,
  serverName: string | undefined,
): boolean {
  const expected = bindingToday({ identity, binding }, credentials, serverName);
  return expected !== undefined && constantTimeEqual(expected, binding);
}

/** The binding that a full handshake would make now; undefined when it would not come that far. */
function bindingToday(
  { identity, binding }: Pick<ServerSessionState, "identity" | "binding">,
  credentials: ServerCredentials,
  serverName: string | undefined,
): Uint8Array | undefined {
  const { certificates, rawPublicKey } = credentials;
  switch (identity.type) {
    case "psk": {
      const key = credentials.pskOf?.(identity.identity);
      return key && pskBinding(identity.identity, key, serverName);
    }
    case "certificate": {
      if (!certificates?.isClient(identity.names)) return undefined;
      return certificateBinding(identity.fingerprint, certificates, serverName);
    }
    case "raw-public-key": {
      const spki = binding.subarray(DIGEST);
      if (!rawPublicKey?.isClient(spki)) return undefined;
      return rawKeyBinding(spki, rawPublicKey, serverName);
    }
  }
}

/** In any order the same. */
function listed(values: readonly string[]): string {
  return values.toSorted().join(",");
}

/** No part can pass for two: none holds a zero. */
function digest(kind: string, parts: readonly string[]): Uint8Array {
  return hash("sha256", new TextEncoder().encode([kind, ...parts].join("\0")));
}
