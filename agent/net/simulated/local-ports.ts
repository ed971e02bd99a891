import { NetError } from "../ports.ts";
import { isWildcard } from "./addresses.ts";

const FIRST_EPHEMERAL = 49_152;
const LAST = 65_535;

/** Something bound to a port of a host. */
export interface Bound {
  /** An address of the host, or a wildcard. */
  readonly host: string;
  readonly port: number;
}

/** What is bound to which port: finds the receiver of a packet, and a free port for a newcomer. */
export class LocalPorts<T extends Bound> {
  readonly #byPort = new Map<number, T[]>();
  #nextEphemeral = FIRST_EPHEMERAL;

  /** All that is bound, in the order of ports first used. */
  *[Symbol.iterator](): Generator<T> {
    for (const bound of this.#byPort.values()) yield* bound;
  }

  /** Whether anything is bound to a port. */
  has(port: number): boolean {
    return this.#byPort.has(port);
  }

  /** Who receives what is sent to this address: who bound exactly it, or else a wildcard of its family. */
  find(host: string, port: number): T | undefined {
    const bound = this.#byPort.get(port);
    if (bound === undefined) return undefined;
    const all = host.includes(":") ? "::" : "0.0.0.0";
    return bound.find((one) => one.host === host) ?? bound.find((one) => one.host === all);
  }

  /** @throws {NetError} `net/address-in-use` */
  checkFree(host: string, port: number): void {
    const rivals = this.#byPort.get(port) ?? [];
    if (!rivals.some((rival) => overlap(rival.host, host))) return;
    throw new NetError("net/address-in-use", `port ${port} is bound already`);
  }

  /** A port that nobody has, in order, so that runs repeat. @throws {NetError} `net/address-in-use` */
  freePort(taken: (port: number) => boolean = () => false): number {
    for (let tries = FIRST_EPHEMERAL; tries <= LAST; tries++) {
      const port = this.#nextEphemeral;
      this.#nextEphemeral = port === LAST ? FIRST_EPHEMERAL : port + 1;
      if (!this.#byPort.has(port) && !taken(port)) return port;
    }
    throw new NetError("net/address-in-use", "no ephemeral port is left");
  }

  add(bound: T): void {
    const others = this.#byPort.get(bound.port);
    if (others === undefined) this.#byPort.set(bound.port, [bound]);
    else others.push(bound);
  }

  remove(bound: T): void {
    const left = (this.#byPort.get(bound.port) ?? []).filter((other) => other !== bound);
    if (left.length === 0) this.#byPort.delete(bound.port);
    else this.#byPort.set(bound.port, left);
  }
}

function overlap(a: string, b: string): boolean {
  if (a.includes(":") !== b.includes(":")) return false; // an IPv6 socket is IPv6 only
  return a === b || isWildcard(a) || isWildcard(b);
}
