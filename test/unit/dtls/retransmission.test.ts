import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_PARAMETERS } from "../../../agent/dtls/parameters.ts";
import {
  INITIAL_RETRANSMISSION,
  stepRetransmission,
  type RetransmissionInput,
  type RetransmissionState,
} from "../../../agent/dtls/retransmission.ts";

/** Octets of a flight that says how long nothing is repeated. */
const OCTETS = 150;

/** A driver that sends flights of one size: what it did when, by `now` of the inputs. */
class Play {
  state: RetransmissionState = INITIAL_RETRANSMISSION;
  readonly words: string[] = [];
  readonly #octets: number;
  #now = 0;

  constructor(octets = OCTETS) {
    this.#octets = octets;
  }

  /** When the timer goes off, if it is armed. */
  dueAt: number | undefined;

  input(input: RetransmissionInput): this {
    if ("now" in input) this.#now = input.now;
    const [next, effects] = stepRetransmission(this.state, input, DEFAULT_PARAMETERS);
    this.state = next;
    for (const effect of effects) {
      if (effect.tag === "send") {
        this.words.push(`send ${this.#now}`);
        this.input({ tag: "sent", octets: this.#octets, now: this.#now });
      } else {
        this.dueAt = effect.tag === "arm" ? this.#now + effect.delayMs : undefined;
      }
    }
    return this;
  }

  /** Lets the timer go off until nothing is due before `until`. */
  run(until: number): this {
    while (this.dueAt !== undefined && this.dueAt <= until) {
      const now = this.dueAt;
      this.dueAt = undefined;
      this.input({ tag: "timer", now });
    }
    return this;
  }
}

const flight = (now: number, rttMs?: number) =>
  ({ tag: "flight", final: false, rttMs, now }) as const;
const final = (now: number, rttMs?: number) =>
  ({ tag: "flight", final: true, rttMs, now }) as const;
const repeats = (now: number) => ({ tag: "peer-repeats", now }) as const;
const rides = (now: number) => ({ tag: "rides", rttMs: 40, now }) as const;

describe("retransmission [RFC 6347 §4.2.4]", () => {
  test("a flight is repeated every 200 ms, then after a tenth of the time that it has waited", () => {
    const { words } = new Play().input(flight(0)).run(30_000);
    assert.deepEqual(words.slice(0, 4), ["send 0", "send 200", "send 400", "send 600"]);
    assert.equal(words.filter((word) => Number(word.slice(5)) <= 2000).length, 11);
    assert.equal(words.filter((word) => Number(word.slice(5)) <= 10_000).length, 27);
    assert.equal(words.length, 39);
  });

  test("the timer never exceeds 3 s", () => {
    const play = new Play().input(flight(0)).run(100_000);
    const [before, last] = play.words.slice(-2).map((word) => Number(word.slice(5)));
    assert.equal((last ?? 0) - (before ?? 0), 3000);
  });

  test("once the round trip is known, the first repetition waits for one and a half", () => {
    const play = new Play().input(flight(0, 600));
    assert.equal(play.dueAt, 900);
    play.run(1300);
    assert.deepEqual(play.words, ["send 0", "send 900", "send 1100", "send 1300"]);
  });

  test("nothing is repeated faster than 8 kbit/s, whatever its size", () => {
    for (const octets of [150, 300, 1300, 4000]) {
      const { words } = new Play(octets).input(flight(0, 40)).run(20_000);
      for (const [i, word] of words.entries()) assert.ok(Number(word.slice(5)) >= i * octets);
      assert.ok(words.length > 4);
    }
  });

  test("a new flight goes at once; its repetition waits for what those before it have used up", () => {
    const play = new Play(300).input(flight(0)).input(flight(40, 40));
    assert.deepEqual(play.words, ["send 0", "send 40"]);
    assert.equal(play.dueAt, 600);
  });

  const burst = [90, 310, 400, 401, 410, 650].map(repeats);
  const answers: readonly (readonly [string, RetransmissionInput, number, readonly string[]])[] = [
    ["a waiting flight", flight(0, 310), OCTETS, ["send 0", "send 310", "send 650"]],
    ["a final flight", final(0, 310), OCTETS, ["send 0", "send 310", "send 650"]],
    [
      "a flight without a known round trip",
      final(0),
      90,
      ["send 0", "send 310", "send 410", "send 650"],
    ],
    ["a large flight", final(0, 40), 400, ["send 0", "send 400"]],
  ];
  for (const [what, begin, octets, words] of answers) {
    test(`a peer that repeats itself gets ${what} again, once a round trip and within the rate`, () => {
      const play = new Play(octets).input(begin);
      for (const input of burst) play.input(input);
      assert.deepEqual(play.words, words);
    });
  }

  test("a waiting flight that was asked for goes again, and its timer starts anew", () => {
    const play = new Play().input(flight(0, 310)).input(repeats(300)).input(repeats(310));
    assert.deepEqual(play.words, ["send 0", "send 310"]);
    assert.equal(play.dueAt, 510);
  });

  test("a final flight goes again only when it is asked for, for four minutes", () => {
    const play = new Play().input(final(0, 40));
    assert.equal(play.dueAt, undefined);
    play.input({ tag: "timer", now: 1000 }).input(repeats(239_999)).input(repeats(240_200));
    assert.deepEqual(play.words, ["send 0", "send 239999"]);
    assert.equal(play.state.tag, "idle");
  });

  test("a final flight is not held up by the flights before it", () => {
    const play = new Play(1000).input(flight(0, 40)).input(final(60, 40));
    assert.equal(play.state.tag === "final" && play.state.quietUntil, 1060);
  });

  test("a final flight that data rides with is repeated until it is answered", () => {
    const play = new Play().input(final(0, 40)).input(rides(1));
    play.input({ tag: "sent", octets: OCTETS, now: 1 });
    assert.equal(play.dueAt, 300);
    play.run(600).input({ tag: "answered" });
    assert.deepEqual(play.words, ["send 0", "send 300", "send 500"]);
    assert.equal(play.dueAt, undefined);
  });

  test("a final flight that data rides with is repeated for a handshake's time, then only when asked for", () => {
    const play = new Play().input(final(0, 40)).input(rides(0));
    play.input({ tag: "sent", octets: OCTETS, now: 0 }).run(100_000);
    assert.equal(play.state.tag, "final");
    assert.ok(Number(play.words.at(-1)?.slice(5)) <= DEFAULT_PARAMETERS.handshakeTimeoutMs);
  });

  test("nothing is sent once the flight is answered", () => {
    const play = new Play().input(flight(0)).input({ tag: "answered" });
    play.input({ tag: "timer", now: 1000 }).input(repeats(2000)).input(rides(2000));
    assert.deepEqual(play.words, ["send 0"]);
    assert.deepEqual([play.state.tag, play.dueAt], ["idle", undefined]);
  });
});
