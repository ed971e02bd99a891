import { lookup } from "node:dns/promises";
import { parseLiteral, sameAddress } from "../address.ts";
import type { Address } from "../ports.ts";
import { netError } from "./fault.ts";
import { systemAddress } from "./system-address.ts";

/**
 * All addresses of a host, in the order the resolver gave them. An IP literal, also in brackets, is its
 * own answer and asks nobody. Takes as long as the system's resolver does: the caller bounds it.
 * @throws {NetError} `net/unreachable` when the name has no address or nobody could say.
 */
export async function resolveHost(host: string, port: number): Promise<Address[]> {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  const literal = parseLiteral(bare);
  if (literal !== undefined) return [{ ...literal, port }];
  const found = await lookup(bare, { all: true, order: "verbatim" }).catch((cause: unknown) => {
    throw netError(cause, `looking up "${bare}"`);
  });
  return unique(found.map((one) => systemAddress(one.address, port)));
}

/** A hosts file may name an address twice; trying it twice helps nobody. */
function unique(addresses: readonly Address[]): Address[] {
  return addresses.filter((a, at) => addresses.findIndex((b) => sameAddress(a, b)) === at);
}
