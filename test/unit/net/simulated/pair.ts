/** Two simulated hosts, with a listening datagram socket on one and a sender on the other. */
import type {
  Address,
  DatagramListener,
  DatagramSocket,
  NetError,
} from "../../../../agent/net/ports.ts";
import type { SimulatedHost } from "../../../../agent/net/simulated/host.ts";
import type { Link, LinkPaths } from "../../../../agent/net/simulated/link.ts";
import { SimulatedNetwork } from "../../../../agent/net/simulated/network.ts";

/** Keeps what a simulated socket tells, with the time. */
export class SimulatedInbox implements DatagramListener {
  readonly messages: Array<{
    readonly at: number;
    readonly data: Uint8Array;
    readonly from: Address;
  }> = [];
  readonly faults: NetError[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The first octets of the messages, in the order in which they came. */
  get order(): number[] {
    return this.messages.map((message) => message.data[0] ?? -1);
  }

  message(data: Uint8Array, from: Address): void {
    this.messages.push({ at: this.#now(), data, from });
  }

  error(fault: NetError): void {
    this.faults.push(fault);
  }
}

/** The pair; `toB` sends one datagram from a to b, `toA` the other way. */
export interface Pair {
  readonly network: SimulatedNetwork;
  readonly a: SimulatedHost;
  readonly b: SimulatedHost;
  readonly link: Link;
  readonly atA: SimulatedInbox;
  readonly atB: SimulatedInbox;
  readonly socketA: DatagramSocket;
  readonly socketB: DatagramSocket;
  readonly toB: (data: Uint8Array) => void;
  readonly toA: (data: Uint8Array) => void;
}

export const A = "192.0.2.1";
export const B = "198.51.100.1";

/** Makes a pair; a's socket is bound to port 1000 of `A`, b's to port 2000 of `B`. */
export async function makePair(seed: number, paths: LinkPaths = {}): Promise<Pair> {
  const network = new SimulatedNetwork({ seed });
  const [a, b] = [network.host([A, "2001:db8::a"]), network.host([B, "2001:db8::b"])];
  const now = (): number => network.clock.now();
  const [atA, atB] = [new SimulatedInbox(now), new SimulatedInbox(now)];
  const socketA = await a.datagrams.bind({ local: { family: 4, host: A, port: 1000 } }, atA);
  const socketB = await b.datagrams.bind({ local: { family: 4, host: B, port: 2000 } }, atB);
  const link = network.link(a, b, paths);
  return {
    network,
    a,
    b,
    link,
    atA,
    atB,
    socketA,
    socketB,
    toB: (data) => socketA.send(data, socketB.local),
    toA: (data) => socketB.send(data, socketA.local),
  };
}

/** One octet of payload. */
export function octet(value: number): Uint8Array {
  return Uint8Array.of(value);
}
