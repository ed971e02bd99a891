import type { Address } from "../ports.ts";

/** An address as the system prints it, which is the canonical form already. */
export function systemAddress(host: string, port: number): Address {
  return { family: host.includes(":") ? 6 : 4, host, port };
}
