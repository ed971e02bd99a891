import type { Clock, Random, World } from "../ports.ts";
import { HostAddresses, literalHost } from "./addresses.ts";
import { SimulatedDatagrams } from "./datagrams.ts";
import type { Carrier, Packet, Site } from "./packet.ts";
import { SimulatedStreams } from "./streams.ts";

/** A host of the simulated network: a world of its own, on the time that all hosts share. */
export class SimulatedHost implements World, Site {
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: SimulatedDatagrams;
  readonly streams: SimulatedStreams;
  readonly #carrier: Carrier;
  readonly #addresses: HostAddresses;

  /** @throws {NetError} `net/address-in-use` when another host has one of the addresses */
  constructor(carrier: Carrier, random: Random, addresses: readonly string[]) {
    this.clock = carrier.clock;
    this.random = random;
    this.#carrier = carrier;
    this.#addresses = new HostAddresses(addresses.map(literalHost));
    this.datagrams = new SimulatedDatagrams(this, this.#addresses, carrier);
    this.streams = new SimulatedStreams(this, this.#addresses, carrier);
    for (const host of this.#addresses.list) carrier.assign(host, this);
  }

  /** The addresses the host has now. */
  get addresses(): readonly string[] {
    return this.#addresses.list;
  }

  holds(host: string): boolean {
    return this.#addresses.holds(host);
  }

  /**
   * Replaces an address, as when a provider gives out a new one. Datagram sockets and servers bound to it move
   * along; streams of the old address end with `net/unreachable`, which their peers do not hear. Packets under way
   * to the old address are lost.
   * @throws {NetError} `net/address-unavailable`, `net/address-in-use`, `net/other`
   */
  changeAddress(from: string, to: string): void {
    const old = literalHost(from);
    const fresh = literalHost(to);
    this.#addresses.checkOwn(old);
    this.#carrier.assign(fresh, this);
    this.#addresses.replace(old, fresh);
    this.#carrier.release(old);
    this.datagrams.move(old, fresh);
    this.streams.move(old, fresh);
  }

  /**
   * Gives the datagram sockets on a local port a new source port as peers see it, as a NAT does that has
   * forgotten a mapping. What peers send to the old port disappears without an answer.
   * @returns the port that peers see from now on
   * @throws {NetError} `net/address-unavailable` when nothing is bound to the port
   */
  rebind(localPort: number): number {
    return this.datagrams.rebind(localPort);
  }

  /** A packet has arrived; only the network calls this. */
  receive(packet: Packet): void {
    const { body } = packet;
    if (body.tag === "udp") this.datagrams.receive(packet, body.data);
    else if (body.tag === "icmp") this.datagrams.refused(packet, body.unreachable);
    else this.streams.receive(packet, body.segment);
  }
}
