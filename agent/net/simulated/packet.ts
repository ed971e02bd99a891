import type { Address, Millis } from "../ports.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a packet carries: a UDP datagram, an ICMP "port unreachable", or part of a TCP stream. */
export type Body =
  | { readonly tag: "udp"; readonly data: Uint8Array }
  | { readonly tag: "icmp"; readonly unreachable: Address }
  | { readonly tag: "tcp"; readonly segment: Segment };

/** Part of a stream. Numbers are not needed: a pipe delivers in order and never twice. */
export type Segment =
  | { readonly tag: "syn" }
  | { readonly tag: "syn-ack" }
  | { readonly tag: "data"; readonly data: Uint8Array }
  | { readonly tag: "fin" }
  | { readonly tag: "rst" };

/** One IP packet of the simulated network. */
export interface Packet {
  readonly from: Address;
  readonly to: Address;
  readonly body: Body;
  /** Keeps a stream in order: it arrives no earlier than this instant. */
  readonly notBefore?: Millis;
}

/** What became of a packet. `unroutable`: the sender has no such address (any more), or nobody has the other. */
export type Fate =
  | "sent"
  | "delivered"
  | "duplicated"
  | "lost"
  | "too-large"
  | "queue-full"
  | "unroutable";

/** One line of what happened, in order of time. A packet that is carried appears as sent and as delivered. */
export interface TraceEntry {
  readonly at: Millis;
  readonly fate: Fate;
  readonly packet: Packet;
  /** Size of the IP packet. */
  readonly octets: number;
}

/** A place on the network. */
export interface Site {
  /** Whether the host has this address now. */
  holds(host: string): boolean;
  receive(packet: Packet): void;
}

/** What a host needs from the network it is on. */
export interface Carrier {
  readonly clock: VirtualClock;
  /** Sends a packet. @returns when it arrives; undefined if it will not. */
  send(sender: Site, packet: Packet): Millis | undefined;
  /** Gives an address to a site. @throws {NetError} `net/address-in-use` */
  assign(host: string, site: Site): void;
  release(host: string): void;
}

const IP_HEADER = { 4: 20, 6: 40 } as const;
const ICMP_QUOTE = 36; // its own header and the start of the packet it answers

/** The size of a packet with its IP and transport headers (without options), in octets. */
export function packetOctets(packet: Packet): number {
  return IP_HEADER[packet.to.family] + bodyOctets(packet.body);
}

/** What a stream's segment may carry on a path with this MTU, in octets. */
export function segmentRoom(family: 4 | 6, mtu: number): number {
  return Math.max(1, Math.min(mtu - IP_HEADER[family] - 20, 1460));
}

function bodyOctets(body: Body): number {
  switch (body.tag) {
    case "udp":
      return 8 + body.data.length;
    case "icmp":
      return ICMP_QUOTE;
    case "tcp":
      return 20 + (body.segment.tag === "data" ? body.segment.data.length : 0);
  }
}
