import type { Prefix } from "../signal/prefix.ts";

/** Who a peer proved to be while the session was set up. Further credential types add their own members. */
export type ClientIdentity = { readonly type: "psk"; readonly identity: string };

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
    entries.map(([identity, client]) => [keyOf(identity), client] as const),
  );
  const byName = new Map(entries.map(([, client]) => [client.name, client] as const));
  return {
    of: (identity) => byIdentity.get(keyOf(identity)),
    byName: (name) => byName.get(name),
  };
}

function keyOf(identity: ClientIdentity): string {
  return `${identity.type} ${identity.identity}`;
}
