import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  settledAt,
  stepPath,
  type PathEffect,
  type PathInput,
  type PathState,
} from "../../../agent/dtls/path-validation.ts";
import type { Address } from "../../../agent/net/ports.ts";

const at = (port: number): Address => ({ family: 4, host: "192.0.2.7", port });
const HOME = at(1);
const AWAY = at(2);
const THIRD = at(3);
const cookie = (n: number): Uint8Array => new Uint8Array(8).fill(n);

const heard = (from: Address, over: Partial<PathInput & { tag: "heard" }> = {}): PathInput => ({
  tag: "heard",
  from,
  newest: true,
  rttMs: undefined,
  affordable: true,
  now: 0,
  cookie: cookie(1),
  ...over,
});
const answer = (from: Address, n: number, here = true): PathInput => ({
  tag: "answer",
  from,
  cookie: cookie(n),
  here,
});
const timer = (now: number, n: number, affordable = true): PathInput => ({
  tag: "timer",
  affordable,
  now,
  cookie: cookie(n),
});
const POOR = { affordable: false };

/** What becomes of these inputs, one after the other. */
function run(...inputs: readonly PathInput[]): {
  readonly state: PathState;
  readonly effects: readonly PathEffect[];
} {
  let state = settledAt(HOME, 0);
  const all: PathEffect[] = [];
  for (const input of inputs) {
    const [next, effects] = stepPath(state, input);
    state = next;
    all.push(...effects);
  }
  return { state, effects: all };
}

const tags = (effects: readonly PathEffect[]): string => effects.map(({ tag }) => tag).join(" ");

describe("path validation [RFC 9853]", () => {
  for (const [what, inputs, expected, current] of [
    ["a record from the known address", [heard(HOME)], "", HOME],
    ["an old record from elsewhere", [heard(AWAY, { newest: false })], "", HOME],
    ["the newest record from elsewhere", [heard(AWAY)], "challenge arm", HOME],
    ["more of them", [heard(AWAY), heard(AWAY)], "challenge arm", HOME],
    ["an answer", [heard(AWAY), answer(AWAY, 1)], "challenge arm disarm moved", AWAY],
    ["an answer from elsewhere", [heard(AWAY), answer(THIRD, 1)], "challenge arm", HOME],
    ["an answer from the old address", [heard(AWAY), answer(HOME, 1)], "challenge arm", HOME],
    ["an answer with another cookie", [heard(AWAY), answer(AWAY, 9)], "challenge arm", HOME],
    ["an answer that nobody asked for", [answer(AWAY, 1)], "", HOME],
    [
      "a second answer",
      [heard(AWAY), answer(AWAY, 1), answer(AWAY, 1)],
      "challenge arm disarm moved",
      AWAY,
    ],
    [
      "an answer to an earlier challenge",
      [heard(AWAY), timer(1000, 2), answer(AWAY, 1)],
      "challenge arm challenge arm disarm moved",
      AWAY,
    ],
    [
      "the peer declines",
      [heard(AWAY), answer(AWAY, 1, false), answer(AWAY, 1)],
      "challenge arm disarm",
      HOME,
    ],
    [
      "the peer is at the old address again",
      [heard(AWAY), heard(HOME), answer(AWAY, 1)],
      "challenge arm disarm",
      HOME,
    ],
    [
      "the peer is at a third one meanwhile",
      [heard(AWAY), heard(THIRD, { cookie: cookie(2) }), answer(AWAY, 1), answer(THIRD, 2)],
      "challenge arm challenge arm disarm moved",
      THIRD,
    ],
    [
      "a record shorter than a challenge, and a longer one",
      [heard(AWAY, POOR), heard(AWAY), heard(AWAY), answer(AWAY, 1)],
      "arm challenge arm disarm moved",
      AWAY,
    ],
    [
      "a challenge that is owed when it is due again",
      [heard(AWAY, POOR), timer(1, 2, false), timer(2, 3), answer(AWAY, 3)],
      "arm arm challenge arm disarm moved",
      AWAY,
    ],
    [
      "nothing more is heard from there",
      [heard(AWAY), timer(1, 2, false), timer(2, 3, false), timer(3, 4, false), timer(4, 5, false)],
      "challenge arm arm arm arm",
      HOME,
    ],
    [
      "an answer after all tries",
      [heard(AWAY), timer(1, 2), timer(2, 3), timer(3, 4), timer(4, 5), answer(AWAY, 4)],
      "challenge arm challenge arm challenge arm challenge arm",
      HOME,
    ],
  ] as const satisfies readonly (readonly [string, readonly PathInput[], string, Address])[]) {
    test(what, () => {
      const { state, effects } = run(...inputs);
      assert.equal(tags(effects), expected);
      assert.deepEqual(state.current, current);
    });
  }

  for (const [what, ...inputs] of [
    ["an answer", heard(AWAY), answer(AWAY, 1)],
    ["a refusal", heard(AWAY), answer(AWAY, 1, false)],
    ["a return", heard(AWAY), heard(HOME)],
    [
      "four tries that nothing was there for",
      heard(AWAY, POOR),
      ...[1, 2, 3, 4].map((n) => timer(n, n, false)),
    ],
    ["four tries", heard(AWAY), timer(1, 2), timer(2, 3), timer(3, 4), timer(4, 5)],
  ] as const) {
    test(`after ${what} nothing is pending`, () => {
      assert.equal(run(...inputs).state.check, undefined);
    });
  }

  for (const [rttMs, delays] of [
    [undefined, [1000, 2000, 4000, 8000]],
    [10, [200, 400, 800, 1600]],
    [600, [1800, 3600, 7200, 14_400]],
  ] as const) {
    test(`a round trip of ${rttMs} ms: waits ${delays.join(", ")} ms`, () => {
      const { effects } = run(heard(AWAY, { rttMs }), ...[2, 3, 4, 5].map((n) => timer(n, n)));
      const waits = effects.flatMap((effect) => (effect.tag === "arm" ? [effect.delayMs] : []));
      assert.deepEqual(waits, delays);
    });
  }

  test("challenges are few, to however many addresses: eight at once, then one in two seconds", () => {
    const challenges = (seconds: number): number => {
      const inputs = Array.from({ length: seconds * 100 }, (_, i) =>
        heard(at(10 + (i % 50)), { now: i * 10 }),
      );
      return run(...inputs).effects.filter(({ tag }) => tag === "challenge").length;
    };
    assert.equal(challenges(1), 8);
    assert.equal(challenges(21), 8 + 10);
  });

  test("a challenge that was only owed is none of the eight", () => {
    const inputs = Array.from({ length: 100 }, (_, i) => heard(at(10 + (i % 50)), POOR));
    assert.equal(run(...inputs, heard(AWAY)).effects.at(-2)?.tag, "challenge");
  });

  test("each challenge goes where the peer seems to be, with a cookie of its own", () => {
    const { effects } = run(heard(AWAY), timer(1, 2), timer(2, 3));
    const sent = effects.filter((effect) => effect.tag === "challenge");
    assert.deepEqual(
      sent.map(({ to }) => to),
      [AWAY, AWAY, AWAY],
    );
    assert.deepEqual(
      sent.map((effect) => effect.cookie[0]),
      [1, 2, 3],
    );
  });
});
