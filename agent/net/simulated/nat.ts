import { NetError } from "../ports.ts";

/**
 * How peers see a host's UDP ports: as they are, until a port's mapping is replaced. What is sent to a
 * mapping that is no longer there disappears without an answer, as at a NAT.
 */
export class NatPorts {
  readonly #publicOf = new Map<number, number>();
  readonly #localOf = new Map<number, number>();
  readonly #gone = new Set<number>();

  /** The source port that peers see. */
  publicOf(localPort: number): number {
    return this.#publicOf.get(localPort) ?? localPort;
  }

  /** The port to which a packet for a public port goes; undefined when its mapping is gone. */
  localOf(publicPort: number): number | undefined {
    return this.#localOf.get(publicPort) ?? (this.#gone.has(publicPort) ? undefined : publicPort);
  }

  /** Whether a port may not be given to something new. */
  uses(port: number): boolean {
    return this.#localOf.has(port) || this.#gone.has(port);
  }

  /**
   * Lets something new have a port by its own name.
   * @throws {NetError} `net/address-in-use` when peers know another socket by it
   */
  claim(port: number): void {
    if (this.#localOf.has(port)) {
      throw new NetError("net/address-in-use", `port ${port} is the NAT mapping of another`);
    }
    this.#gone.delete(port);
  }

  rebind(localPort: number, publicPort: number): void {
    const old = this.publicOf(localPort);
    this.#localOf.delete(old);
    this.#gone.add(old);
    this.#publicOf.set(localPort, publicPort);
    this.#localOf.set(publicPort, localPort);
  }

  /** Forgets a port's mapping once nothing is bound to it. */
  release(localPort: number): void {
    const publicPort = this.#publicOf.get(localPort);
    if (publicPort === undefined) return;
    this.#publicOf.delete(localPort);
    this.#localOf.delete(publicPort);
    this.#gone.delete(localPort);
    this.#gone.add(publicPort);
  }
}
