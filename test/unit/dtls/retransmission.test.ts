import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_PARAMETERS } from "../../../agent/dtls/parameters.ts";
import {
  INITIAL_RETRANSMISSION,
  stepRetransmission,
  type RetransmissionInput,
  type RetransmissionState,
} from "../../../agent/dtls/retransmission.ts";

/** Feeds inputs one after the other; gives the last state and all effects as short words. */
function play(inputs: readonly RetransmissionInput[]): [RetransmissionState, string[]] {
  let state = INITIAL_RETRANSMISSION;
  const words: string[] = [];
  for (const input of inputs) {
    const [next, effects] = stepRetransmission(state, input, DEFAULT_PARAMETERS);
    state = next;
    words.push(...effects.map((e) => (e.tag === "arm" ? `arm ${e.delayMs}` : e.tag)));
  }
  return [state, words];
}

const flight = (now: number, final = false) => ({ tag: "flight", final, now }) as const;
const timer = (now: number) => ({ tag: "timer", now }) as const;
const repeats = (now: number) => ({ tag: "peer-repeats", now }) as const;

describe("retransmission [RFC 6347 §4.2.4]", () => {
  test("the timer starts at 1 s, doubles at each expiry and stops at 60 s [RFC 6347 §4.2.4.1]", () => {
    const [, words] = play([flight(0), ...Array.from({ length: 8 }, (_, i) => timer(i))]);
    const armed = words
      .filter((word) => word.startsWith("arm"))
      .map((word) => Number(word.slice(4)));
    assert.deepEqual(armed, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    assert.equal(words.filter((word) => word === "send").length, 9);
  });

  test("a new flight begins again at the first timeout", () => {
    const [state, words] = play([flight(0), timer(1000), flight(1100)]);
    assert.deepEqual(words.slice(-2), ["send", "arm 1000"]);
    assert.deepEqual(state, { tag: "waiting", timeoutMs: 1000, sentAt: 1100, sends: 1 });
  });

  test("a repetition by the peer is answered, but a burst of them only once", () => {
    const [, words] = play([flight(0), repeats(100), repeats(600), repeats(601), repeats(1099)]);
    assert.deepEqual(words, ["send", "arm 1000", "send", "arm 1000"]);
  });

  test("the final flight is sent again only when the peer repeats itself", () => {
    const [state, words] = play([flight(0, true), timer(1000), repeats(1500)]);
    assert.deepEqual(words, ["disarm", "send", "send"]);
    assert.equal(state.tag, "final");
  });

  test("nothing is sent once the flight is known to have arrived", () => {
    const [state, words] = play([flight(0), { tag: "answered" }, timer(1000), repeats(2000)]);
    assert.deepEqual(words, ["send", "arm 1000", "disarm"]);
    assert.equal(state.tag, "idle");
  });
});
