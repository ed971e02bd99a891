import type { Prefix } from "../signal/prefix.ts";

/** Who a peer proved to be while the session was set up. */
export type ClientIdentity =
  | { readonly type: "psk"; readonly identity: string }
  /** `names`: the DNS names that its certificate is for, in lower case. */
  | { readonly type: "certificate"; readonly names: readonly string[] }
  /** `fingerprint`: SHA-256 of its SubjectPublicKeyInfo in lower-case hex. */
  | { readonly type: "raw-public-key"; readonly fingerprint: string };

/** A client that the operator serves, and what it may ask protection for. */
export interface Client {
  /** The operator's name for it; unique. */
  readonly name: string;
  readonly prefixes: readonly Prefix[];
  /** Domain names, in lower case, without a final dot; what is below them is included. */
  readonly names: readonly string[];
}

/** The clients of a server. */
export interface ClientDirectory {
  /** The client that this identity belongs to. */
  of(identity: ClientIdentity): Client | undefined;
  /** For what was kept from an earlier run. */
  byName(name: string): Client | undefined;
}

/** A directory of a fixed list, of `[identity, client]` pairs. */
export function fixedDirectory(
  entries: readonly (readonly [ClientIdentity, Client])[],
): ClientDirectory {
  const byIdentity = new Map(
    entries.flatMap(([identity, client]) => keysOf(identity).map((key) => [key, client] as const)),
  );
  const byName = new Map(entries.map(([, client]) => [client.name, client] as const));
  return {
    of: (identity) => {
      for (const key of keysOf(identity)) {
        const client = byIdentity.get(key);
        if (client !== undefined) return client;
      }
      return undefined;
    },
    byName: (name) => byName.get(name),
  };
}

/** An identity in words, for logs. */
export function identityText(identity: ClientIdentity): string {
  switch (identity.type) {
    case "psk":
      return identity.identity;
    case "certificate":
      return `certificate of ${identity.names.join(", ") || "nobody by name"}`;
    case "raw-public-key":
      return `public key ${identity.fingerprint}`;
  }
}

/** Under which keys an identity is found; a certificate for several names under several. */
function keysOf(identity: ClientIdentity): readonly string[] {
  switch (identity.type) {
    case "psk":
      return [`psk ${identity.identity}`];
    case "certificate":
      return identity.names.map((name) => `certificate ${name}`);
    case "raw-public-key":
      return [`raw-public-key ${identity.fingerprint}`];
  }
}
