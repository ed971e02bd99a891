import { parseLiteral } from "../address.ts";
import { formatAddress, NetError } from "../ports.ts";
import type { Address } from "../ports.ts";

const WILDCARD = { 4: "0.0.0.0", 6: "::" } as const;

/** The address that stands for all of a host's addresses. */
export function wildcard(family: 4 | 6): string {
  return WILDCARD[family];
}

/** Whether the text is that address. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Whether only the host itself can be meant: 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  return host === "::1" || host.startsWith("127.");
}

/** The canonical form of a literal. @throws {NetError} `net/other` */
export function literalHost(text: string): string {
  const literal = parseLiteral(text);
  if (literal === undefined) throw new NetError("net/other", `"${text}" is not an IP address`);
  return literal.host;
}

/** The addresses a simulated host has now, in order of preference; besides those, its loopback. */
export class HostAddresses {
  readonly #hosts: string[];

  constructor(hosts: readonly string[]) {
    this.#hosts = [...hosts];
  }

  get list(): readonly string[] {
    return this.#hosts;
  }

  holds(host: string): boolean {
    return isLoopback(host) || this.#hosts.includes(host);
  }

  /** @throws {NetError} `net/address-unavailable` when it is not among the host's own */
  checkOwn(host: string): void {
    if (this.#hosts.includes(host)) return;
    throw new NetError("net/address-unavailable", `the host does not have ${host}`);
  }

  /** Puts another address in the place of one the host has. */
  replace(from: string, to: string): void {
    this.#hosts[this.#hosts.indexOf(from)] = to;
  }

  /**
   * The address from which the host reaches `to`.
   * @throws {NetError} `net/unreachable` when it has none of that family
   */
  sourceFor(to: Address): string {
    if (isLoopback(to.host)) return to.host;
    const source = this.#hosts.find((host) => host.includes(":") === (to.family === 6));
    if (source !== undefined) return source;
    throw new NetError("net/unreachable", `${formatAddress(to)}: no IPv${to.family} address here`);
  }

  /** @throws {NetError} `net/address-unavailable` when nothing can be bound to `host` */
  checkLocal(host: string): void {
    if (!isWildcard(host) && !isLoopback(host)) this.checkOwn(host);
  }
}
