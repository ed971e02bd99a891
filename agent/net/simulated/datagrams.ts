import { sameAddress, socketFamily } from "../address.ts";
import { formatAddress, NetError } from "../ports.ts";
import type { Address, DatagramListener, Datagrams, DatagramSocket } from "../ports.ts";
import { literalHost, wildcard } from "./addresses.ts";
import type { HostAddresses } from "./addresses.ts";
import { LocalPorts } from "./local-ports.ts";
import { NatPorts } from "./nat.ts";
import type { Carrier, Packet, Site } from "./packet.ts";

type Options = Parameters<Datagrams["bind"]>[0];

/** The largest UDP payload an IP packet holds. */
const LARGEST = { 4: 65_507, 6: 65_527 } as const;

/** The datagram sockets of one simulated host. */
export class SimulatedDatagrams implements Datagrams {
  readonly #site: Site;
  readonly #addresses: HostAddresses;
  readonly #carrier: Carrier;
  readonly #sockets = new LocalPorts<SimulatedSocket>();
  readonly #nat = new NatPorts();

  constructor(site: Site, addresses: HostAddresses, carrier: Carrier) {
    this.#site = site;
    this.#addresses = addresses;
    this.#carrier = carrier;
  }

  async bind(options: Options, listener: DatagramListener): Promise<DatagramSocket> {
    const { remote } = options;
    const at = this.#localFor(options);
    this.#addresses.checkLocal(at.host);
    const port = at.port === 0 ? this.#freePort() : at.port;
    this.#sockets.checkFree(at.host, port);
    if (!this.#sockets.has(port)) this.#nat.claim(port);
    const socket = new SimulatedSocket({ ...at, port }, remote, listener, this);
    this.#sockets.add(socket);
    return socket;
  }

  #freePort(): number {
    return this.#sockets.freePort((port) => this.#nat.uses(port));
  }

  #localFor(options: Options): Address {
    const { remote, local } = options;
    const family = socketFamily(options);
    const host = literalHost(local?.host ?? wildcard(family));
    const chosen = remote !== undefined && host === wildcard(family);
    return {
      family,
      host: chosen ? this.#addresses.sourceFor(remote) : host,
      port: local?.port ?? 0,
    };
  }

  /** Puts a socket's datagram on the network; faults of the host itself come back at once. */
  transmit(socket: SimulatedSocket, data: Uint8Array, to: Address): NetError | undefined {
    try {
      const wild = socket.host === wildcard(socket.family);
      const host = wild ? this.#addresses.sourceFor(to) : socket.host;
      const from = { family: socket.family, host, port: this.#nat.publicOf(socket.port) };
      this.#carrier.send(this.#site, { from, to, body: { tag: "udp", data: data.slice() } });
      return undefined;
    } catch (cause) {
      if (cause instanceof NetError) return cause;
      throw cause;
    }
  }

  /** Calls `report` soon, as the system reports a fault after the call that met it. */
  later(report: () => void): void {
    this.#carrier.clock.after(0, report);
  }

  /** A datagram has arrived. One for which nobody listens is answered by "port unreachable". */
  receive(packet: Packet, data: Uint8Array): void {
    const { from, to } = packet;
    const port = this.#nat.localOf(to.port);
    if (port === undefined) return;
    const socket = this.#sockets.find(to.host, port);
    if (socket?.hears(from)) socket.message(data, from);
    else
      this.#carrier.send(this.#site, {
        from: to,
        to: from,
        body: { tag: "icmp", unreachable: to },
      });
  }

  /** A "port unreachable" has arrived; only a socket connected to that port learns of it. */
  refused(packet: Packet, unreachable: Address): void {
    const port = this.#nat.localOf(packet.to.port);
    const socket = port === undefined ? undefined : this.#sockets.find(packet.to.host, port);
    if (socket?.connectedTo(unreachable)) socket.refused();
  }

  release(socket: SimulatedSocket): void {
    this.#sockets.remove(socket);
    if (!this.#sockets.has(socket.port)) this.#nat.release(socket.port);
  }

  /** Moves the sockets bound to one address to another. */
  move(from: string, to: string): void {
    for (const socket of this.#sockets) if (socket.host === from) socket.host = to;
  }

  /**
   * Gives all sockets on a local port a new source port, as peers see it.
   * @returns the new port
   * @throws {NetError} `net/address-unavailable` when nothing is bound to the port
   */
  rebind(localPort: number): number {
    if (!this.#sockets.has(localPort)) {
      throw new NetError("net/address-unavailable", `nothing is bound to port ${localPort}`);
    }
    const publicPort = this.#freePort();
    this.#nat.rebind(localPort, publicPort);
    return publicPort;
  }
}

class SimulatedSocket implements DatagramSocket {
  readonly family: 4 | 6;
  readonly port: number;
  /** Moves with the host's address. */
  host: string;
  readonly #remote: Address | undefined;
  readonly #listener: DatagramListener;
  readonly #owner: SimulatedDatagrams;
  #closed = false;

  constructor(
    at: Address,
    remote: Address | undefined,
    listener: DatagramListener,
    owner: SimulatedDatagrams,
  ) {
    this.family = at.family;
    this.host = at.host;
    this.port = at.port;
    this.#remote = remote;
    this.#listener = listener;
    this.#owner = owner;
  }

  get local(): Address {
    return { family: this.family, host: this.host, port: this.port };
  }

  send(data: Uint8Array, to: Address): void {
    if (this.#closed) return;
    const fault = this.#cannotSend(data, to) ?? this.#owner.transmit(this, data, to);
    if (fault !== undefined) this.#owner.later(() => this.#fault(fault));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.release(this);
  }

  hears(from: Address): boolean {
    return this.#remote === undefined || sameAddress(this.#remote, from);
  }

  connectedTo(peer: Address): boolean {
    return this.#remote !== undefined && sameAddress(this.#remote, peer);
  }

  message(data: Uint8Array, from: Address): void {
    this.#listener.message(data, from);
  }

  refused(): void {
    const peer = this.#remote === undefined ? "" : formatAddress(this.#remote);
    this.#fault(new NetError("net/refused", `receiving: ${peer} refused`));
  }

  #cannotSend(data: Uint8Array, to: Address): NetError | undefined {
    if (to.family !== this.family) {
      return new NetError("net/unreachable", `${formatAddress(to)}: not this socket's family`);
    }
    if (!this.hears(to)) {
      return new NetError("net/other", `${formatAddress(to)}: the socket is connected elsewhere`);
    }
    if (data.length > LARGEST[this.family]) {
      return new NetError("net/too-large", `${data.length} octets do not fit a datagram`);
    }
    return undefined;
  }

  #fault(fault: NetError): void {
    if (!this.#closed) this.#listener.error(fault);
  }
}
