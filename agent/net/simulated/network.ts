import { NetError } from "../ports.ts";
import type { Clock, Millis } from "../ports.ts";
import { isLoopback } from "./addresses.ts";
import { Direction } from "./direction.ts";
import type { Verdict } from "./direction.ts";
import { SimulatedHost } from "./host.ts";
import { Link } from "./link.ts";
import type { LinkPaths } from "./link.ts";
import { packetOctets } from "./packet.ts";
import type { Carrier, Fate, Packet, Site, TraceEntry } from "./packet.ts";
import { changedPath, DEFAULT_PATH, LOOPBACK_PATH } from "./path.ts";
import type { Path } from "./path.ts";
import { Prng } from "./prng.ts";
import { Turns } from "./turns.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** 2026-01-01T00:00:00Z: what wall clocks show at the start, so that records repeat too. */
const START_OF_TIME: Millis = 1_767_225_600_000;
/** Enough for a chain of so many `await`s to get to its end between two events. */
const DEFAULT_TURNS = 12;

/** How to make a network. */
export interface NetworkOptions {
  /** Everything that chance decides follows from it. */
  readonly seed: number | string;
  /** What links are like that nobody has described. */
  readonly path?: Partial<Path>;
  /** Wall-clock time at the start, in milliseconds since the Unix epoch. */
  readonly startAt?: Millis;
  /** How often waiting promises get a turn after each event (at least 2): 0.1 us for each. */
  readonly turns?: number;
  /** Sees every packet; may be changed at any time by `network.trace`. */
  readonly trace?: (entry: TraceEntry) => void;
}

/** How long to run: a length of time, or until something holds, `limit` at most. */
export type RunLength =
  | { readonly for: Millis }
  | { readonly until: () => boolean; readonly limit: Millis };

/**
 * Hosts joined by links, on virtual time: reproducible from its seed, and as fast as its events can be
 * worked off. Nothing moves except within `run` and `settle`.
 *
 * After each event the promises that wait get a fixed number of turns, which is much cheaper than
 * going through the runtime's event loop. A longer chain of `await`s goes on after the next event, at that
 * event's time: late, but the same in every run. Code that waits for real I/O, `process.nextTick` or a real
 * timer does not proceed.
 */
export class SimulatedNetwork {
  /** Sees every packet. */
  trace: ((entry: TraceEntry) => void) | undefined;
  readonly #clock: VirtualClock;
  readonly #seed: string;
  readonly #path: Path;
  readonly #turns: Turns;
  readonly #carrier: Carrier;
  readonly #sites = new Map<string, Site>();
  readonly #numbers = new Map<Site, number>();
  readonly #directions = new Map<Site, Map<Site, Direction>>();
  #running = false;

  /** @throws {NetError} `net/other` for a path that cannot be */
  constructor(options: NetworkOptions) {
    this.#seed = String(options.seed);
    this.#path = changedPath(DEFAULT_PATH, options.path ?? {});
    this.#clock = new VirtualClock(options.startAt ?? START_OF_TIME);
    this.#turns = new Turns(options.turns ?? DEFAULT_TURNS);
    this.trace = options.trace;
    this.#carrier = {
      clock: this.#clock,
      send: (sender, packet) => this.#send(sender, packet),
      assign: (host, site) => this.#assign(host, site),
      release: (host) => this.#sites.delete(host),
    };
  }

  /** The time that all hosts share. */
  get clock(): Clock {
    return this.#clock;
  }

  /** Events still to come: armed timers and packets under way. */
  get pending(): number {
    return this.#clock.pending;
  }

  /**
   * A new host with these addresses (literals of either family). Its chance follows from the seed and
   * from how many hosts there were before it.
   * @throws {NetError} `net/address-in-use`, `net/other`
   */
  host(addresses: readonly string[]): SimulatedHost {
    const number = this.#numbers.size;
    const random = new Prng(`${this.#seed}/host/${number}`);
    const host = new SimulatedHost(this.#carrier, random, addresses);
    this.#numbers.set(host, number);
    return host;
  }

  /**
   * The link between two hosts, with some properties changed. Without this, it has the network's path.
   * @throws {NetError} `net/other` for a path that cannot be
   */
  link(a: SimulatedHost, b: SimulatedHost, paths: LinkPaths = {}): Link {
    const link = new Link(this.#direction(a, b), this.#direction(b, a));
    link.set(paths);
    return link;
  }

  /**
   * Lets time pass. What an event throws comes out of here.
   * @returns whether `until` holds; true for a length of time
   * @throws {NetError} `net/other` when it is running already, or when time stands still for ever
   */
  async run(length: RunLength): Promise<boolean> {
    if (this.#running) throw new NetError("net/other", "the network is running already");
    this.#running = true;
    try {
      return "for" in length
        ? await this.#runUntil(undefined, length.for)
        : await this.#runUntil(length.until, length.limit);
    } finally {
      this.#running = false;
    }
  }

  /**
   * Lets time pass until a promise is settled, and gives what it was settled to.
   * @throws {NetError} `net/timeout` when it is not settled within `limit`
   */
  async settle<T>(promise: Promise<T>, limit: Millis): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    if (await this.run({ until: () => settled, limit })) return promise;
    throw new NetError("net/timeout", `not settled within ${limit} ms of virtual time`);
  }

  async #runUntil(until: (() => boolean) | undefined, limit: Millis): Promise<boolean> {
    const end = this.#clock.now() + limit;
    let happened = true;
    while (happened) {
      await this.#turns;
      if (until?.() === true) return true;
      happened = this.#clock.step(end);
    }
    return until === undefined;
  }

  #assign(host: string, site: Site): void {
    if (this.#sites.has(host) || isLoopback(host)) {
      throw new NetError("net/address-in-use", `${host} belongs to another host`);
    }
    this.#sites.set(host, site);
  }

  #send(sender: Site, packet: Packet): Millis | undefined {
    const octets = packetOctets(packet);
    const receiver = this.#route(sender, packet);
    if (receiver === undefined) {
      this.#note("unroutable", packet, octets);
      return undefined;
    }
    const direction = this.#direction(sender, receiver);
    const verdict = direction.offer(octets, packet.body.tag, this.#clock.now());
    this.#note(fateOf(verdict), packet, octets);
    if (typeof verdict === "string") return undefined;
    const [first, second] = [verdict[0] ?? 0, verdict[1]];
    if (second !== undefined) this.#carry(copyOf(packet), octets, receiver, direction, second);
    return this.#carry(packet, octets, receiver, direction, first);
  }

  #route(sender: Site, { from, to }: Packet): Site | undefined {
    if (!sender.holds(from.host)) return undefined;
    if (isLoopback(to.host)) return sender;
    const receiver = this.#sites.get(to.host);
    return isLoopback(from.host) && receiver !== sender ? undefined : receiver;
  }

  #carry(
    packet: Packet,
    octets: number,
    receiver: Site,
    { statistics }: Direction,
    arrival: Millis,
  ): Millis {
    const at = Math.max(arrival, packet.notBefore ?? 0);
    this.#clock.at(at, () => {
      const there = receiver.holds(packet.to.host);
      this.#note(there ? "delivered" : "unroutable", packet, octets);
      if (there) {
        statistics.delivered++;
        statistics.octetsDelivered += octets;
        receiver.receive(packet);
      } else statistics.undeliverable++;
    });
    return at;
  }

  #note(fate: Fate, packet: Packet, octets: number): void {
    this.trace?.({ at: this.#clock.now(), fate, packet, octets });
  }

  #direction(from: Site, to: Site): Direction {
    let outward = this.#directions.get(from);
    if (outward === undefined) this.#directions.set(from, (outward = new Map<Site, Direction>()));
    let direction = outward.get(to);
    if (direction === undefined) {
      const seed = `${this.#seed}/path/${this.#numbers.get(from)}>${this.#numbers.get(to)}`;
      direction = new Direction(seed, from === to ? LOOPBACK_PATH : this.#path);
      outward.set(to, direction);
    }
    return direction;
  }
}

function fateOf(verdict: Verdict): Fate {
  if (typeof verdict === "string") return verdict;
  return verdict.length > 1 ? "duplicated" : "sent";
}

/** A second copy is its own memory: a receiver may decrypt in place. */
function copyOf(packet: Packet): Packet {
  if (packet.body.tag !== "udp") return packet;
  return { ...packet, body: { tag: "udp", data: packet.body.data.slice() } };
}
