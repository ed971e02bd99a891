import type { Address, Millis, Timer } from "../ports.ts";
import { segmentRoom } from "./packet.ts";
import type { Carrier, Segment, Site } from "./packet.ts";

const FIRST_RTO: Millis = 1000; // [RFC 6298 §2.1]
const MAX_RTO: Millis = 60_000; // [RFC 6298 §2.5]
/** Then the stream is given up, after some ten minutes of silence. */
const MOST_TRIES = 15;

/** The two ends between which a pipe carries segments. */
export interface PipeEnds {
  readonly local: Address;
  readonly remote: Address;
}

interface Item {
  readonly segment: Segment;
  /** The segment is on its way and will arrive. */
  readonly taken: (() => void) | undefined;
}

/**
 * One direction of a simulated stream: in order, nothing lost, nothing twice. A lost segment holds up those
 * behind it for a retransmission timeout, which doubles; on a path that loses everything the pipe stalls
 * and goes on when the path is mended. There are no windows: what a live path can take leaves at once.
 */
export class Pipe {
  readonly #site: Site;
  readonly #carrier: Carrier;
  readonly #ends: PipeEnds;
  readonly #failed: () => void;
  readonly #queue: Item[] = [];
  #lastArrival: Millis = 0;
  #tries = 0;
  #retry: Timer | undefined;

  /** @param failed called once when the pipe has given up */
  constructor(site: Site, carrier: Carrier, ends: PipeEnds, failed: () => void = () => {}) {
    this.#site = site;
    this.#carrier = carrier;
    this.#ends = ends;
    this.#failed = failed;
  }

  /** Queues a segment. */
  push(segment: Segment, taken?: () => void): void {
    this.#queue.push({ segment, taken });
    if (this.#retry === undefined) this.#pump();
  }

  /** Queues octets, cut into segments that fit any path; `taken` is called when the last is under way. */
  pushData(data: Uint8Array, taken: () => void): void {
    const room = segmentRoom(this.#ends.remote.family, 1280); // IPv6's minimum MTU passes everywhere
    for (let at = 0; at < data.length; at += room) {
      const last = at + room >= data.length;
      this.push({ tag: "data", data: data.slice(at, at + room) }, last ? taken : undefined);
    }
  }

  /** Forgets what is not under way yet. */
  clear(): void {
    this.#queue.length = 0;
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #pump(): void {
    this.#retry = undefined;
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      if (!this.#sent(item.segment)) {
        this.#holdUp();
        return;
      }
      this.#tries = 0;
      this.#queue.shift();
      item.taken?.();
    }
  }

  #sent(segment: Segment): boolean {
    const arrival = this.#carrier.send(this.#site, {
      from: this.#ends.local,
      to: this.#ends.remote,
      body: { tag: "tcp", segment },
      notBefore: this.#lastArrival,
    });
    if (arrival === undefined) return false;
    this.#lastArrival = arrival;
    return true;
  }

  #holdUp(): void {
    this.#tries++;
    if (this.#tries > MOST_TRIES) {
      this.clear();
      this.#failed();
      return;
    }
    const rto = Math.min(FIRST_RTO * 2 ** (this.#tries - 1), MAX_RTO);
    this.#retry = this.#carrier.clock.after(rto, () => this.#pump());
  }
}
