import type { ClientIdentity } from "../dots/server/clients.ts";
import type { ServerCredentials } from "../dtls/credentials.ts";
import { fingerprintOf } from "../dtls/crypto/x509.ts";
import type { ServerConfig } from "./server-config.ts";
import type { ConfiguredClient } from "./server-config-clients.ts";

/** What the handshake needs to know of a configuration. */
export function serverCredentials({
  clients,
  own,
}: Pick<ServerConfig, "clients" | "own">): ServerCredentials {
  const keys = new Map(clients.flatMap(({ psk }) => (psk ? [[psk.identity, psk.key]] : [])));
  const names = new Set(clients.flatMap(({ certificateName: name }) => (name ? [name] : [])));
  const publicKeys = new Set(
    clients.flatMap(({ rawPublicKey: spki }) => (spki ? [fingerprintOf(spki)] : [])),
  );
  const { certificates, rawKey } = own;
  return {
    ...(keys.size === 0 ? {} : { pskOf: (identity) => keys.get(identity) }),
    ...(certificates === undefined
      ? {}
      : {
          certificates: {
            ...certificates,
            isClient: (shown) => shown.some((name) => names.has(name)),
          },
        }),
    ...(rawKey === undefined
      ? {}
      : { rawPublicKey: { own: rawKey, isClient: (spki) => publicKeys.has(fingerprintOf(spki)) } }),
  };
}

/** Every identity by which a client may show up. */
export function identitiesOf(client: ConfiguredClient): readonly ClientIdentity[] {
  const { psk, certificateName, rawPublicKey } = client;
  return [
    ...(psk ? [{ type: "psk", identity: psk.identity } as const] : []),
    ...(certificateName === undefined
      ? []
      : [{ type: "certificate", names: [certificateName] } as const]),
    ...(rawPublicKey === undefined
      ? []
      : [{ type: "raw-public-key", fingerprint: fingerprintOf(rawPublicKey) } as const]),
  ];
}
