import type { Millis } from "../ports.ts";
import { changedPath } from "./path.ts";
import type { Path } from "./path.ts";
import { Prng } from "./prng.ts";

/** Counts of one direction: datagrams, ICMP answers and stream segments alike; octets of whole IP packets. */
export interface Statistics {
  /** Packets offered, whatever became of them. */
  sent: number;
  /** Packets that reached their host, the second copies included. */
  delivered: number;
  /** Lost by chance or because the direction was cut. */
  lost: number;
  tooLarge: number;
  queueFull: number;
  /** Packets of which a second copy was sent. */
  duplicated: number;
  /** Packets that came to where their address no longer was. */
  undeliverable: number;
  octetsSent: number;
  octetsDelivered: number;
}

/** Kinds of traffic. Each draws its own chance, so that one never shifts what happens to another. */
export type Lane = "udp" | "icmp" | "tcp";

/** What a direction does with a packet: it arrives once or twice, or not at all. */
export type Verdict = readonly Millis[] | "lost" | "too-large" | "queue-full";

/** One generator for each question asked of chance. */
class Dice {
  readonly loss: Prng;
  readonly jitter: Prng;
  readonly reorder: Prng;
  readonly duplicate: Prng;

  constructor(seed: string) {
    this.loss = new Prng(`${seed}/loss`);
    this.jitter = new Prng(`${seed}/jitter`);
    this.reorder = new Prng(`${seed}/reorder`);
    this.duplicate = new Prng(`${seed}/duplicate`);
  }
}

/**
 * One direction between two hosts. Every packet draws the same number of dice whatever the path is like:
 * with the same seed, the packets lost at 10 % are among those lost at 25 %, and changing one property
 * leaves the others' draws where they were.
 */
export class Direction {
  readonly statistics: Statistics = {
    sent: 0,
    delivered: 0,
    lost: 0,
    tooLarge: 0,
    queueFull: 0,
    duplicated: 0,
    undeliverable: 0,
    octetsSent: 0,
    octetsDelivered: 0,
  };
  /** While cut, nothing passes; packets already under way still arrive. */
  cut = false;
  readonly #seed: string;
  readonly #dice = new Map<Lane, Dice>();
  #path: Path;
  #busyUntil: Millis = 0;

  constructor(seed: string, path: Path) {
    this.#seed = seed;
    this.#path = path;
  }

  get path(): Path {
    return this.#path;
  }

  /** Changes some properties, from the next packet on. @throws {NetError} `net/other` */
  set(change: Partial<Path>): void {
    this.#path = changedPath(this.#path, change);
  }

  /** Decides over one packet of `octets` offered at `now`. */
  offer(octets: number, lane: Lane, now: Millis): Verdict {
    const { statistics } = this;
    const verdict = this.#judge(octets, lane, now);
    statistics.sent++;
    statistics.octetsSent += octets;
    if (verdict === "lost") statistics.lost++;
    else if (verdict === "too-large") statistics.tooLarge++;
    else if (verdict === "queue-full") statistics.queueFull++;
    else if (verdict.length > 1) statistics.duplicated++;
    return verdict;
  }

  #judge(octets: number, lane: Lane, now: Millis): Verdict {
    const path = this.#path;
    const dice = this.#diceOf(lane);
    const lost = dice.loss.chance(path.loss);
    const underWay = path.delayMs + dice.jitter.fraction() * path.jitterMs;
    const ordered = lane === "tcp"; // a stream hides reordering and second copies from its owner
    const held = dice.reorder.chance(path.reorder) && !ordered ? path.reorderMs : 0;
    const doubled = dice.duplicate.chance(path.duplicate) && !ordered;
    const secondUnderWay = path.delayMs + dice.duplicate.fraction() * path.jitterMs;
    if (octets > path.mtu) return "too-large";
    if (this.cut) return "lost";
    const departure = this.#departure(octets, lane, now);
    if (departure === undefined) return "queue-full";
    if (lost) return "lost";
    const first = departure + underWay + held;
    return doubled ? [first, departure + secondUnderWay] : [first];
  }

  /** When the packet has left the queue; a stream waits for its turn, as its sender would slow down. */
  #departure(octets: number, lane: Lane, now: Millis): Millis | undefined {
    const { rate, queueOctets } = this.#path;
    if (rate === Number.POSITIVE_INFINITY) return now;
    const start = Math.max(now, this.#busyUntil);
    const waiting = ((start - now) * rate) / 1000;
    if (lane !== "tcp" && waiting + octets > queueOctets) return undefined;
    this.#busyUntil = start + (octets * 1000) / rate;
    return this.#busyUntil;
  }

  #diceOf(lane: Lane): Dice {
    let dice = this.#dice.get(lane);
    if (dice === undefined) {
      dice = new Dice(`${this.#seed}/${lane}`);
      this.#dice.set(lane, dice);
    }
    return dice;
  }
}
