import { NetError } from "../ports.ts";
import type { Millis } from "../ports.ts";

/** What one direction of a link does to packets. Sizes are of whole IP packets, headers included. */
export interface Path {
  /** Time under way. */
  readonly delayMs: Millis;
  /** Up to this much more, uniformly; packets sent closer together than that may overtake each other. */
  readonly jitterMs: Millis;
  /** Share of packets lost, 0 to 1. */
  readonly loss: number;
  /** Share of datagrams that arrive twice. */
  readonly duplicate: number;
  /** Share of datagrams held back by `reorderMs`, so that later ones overtake them. */
  readonly reorder: number;
  readonly reorderMs: Millis;
  /** The largest packet that passes, in octets. A larger one is dropped and the sender hears nothing. */
  readonly mtu: number;
  /** Octets a second; `Infinity` for no limit. */
  readonly rate: number;
  /** With a `rate`: octets that wait for their turn at most; a datagram beyond that is dropped. */
  readonly queueOctets: number;
}

/** A path without loss: 10 ms each way, Ethernet's MTU. */
export const DEFAULT_PATH: Path = {
  delayMs: 10,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  reorderMs: 30,
  mtu: 1500,
  rate: Number.POSITIVE_INFINITY,
  queueOctets: 65_536,
};

/** From a host to itself. */
export const LOOPBACK_PATH: Path = { ...DEFAULT_PATH, delayMs: 0, mtu: 65_535 };

const SHARES = ["loss", "duplicate", "reorder"] as const;
const AMOUNTS = ["delayMs", "jitterMs", "reorderMs", "mtu", "rate", "queueOctets"] as const;

/**
 * A path with some of its properties changed.
 * @throws {NetError} `net/other` for a share outside 0 to 1 an amount below 0, or a rate of 0
 */
export function changedPath(path: Path, change: Partial<Path>): Path {
  const changed = { ...path, ...change };
  for (const name of SHARES) check(name, changed[name], 1);
  for (const name of AMOUNTS) check(name, changed[name], Number.POSITIVE_INFINITY);
  if (changed.rate === 0) throw new NetError("net/other", "path: a rate of 0; use loss or cut");
  return changed;
}

function check(name: keyof Path, value: number, most: number): void {
  if (value >= 0 && value <= most) return;
  throw new NetError("net/other", `path: ${name} is ${value}, not 0 to ${most}`);
}
