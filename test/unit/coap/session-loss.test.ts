import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../agent/wire/coap/code.ts";
import { findUint, OptionNumber } from "../../../agent/wire/coap/options.ts";
import type { CoapResponse, RequestHandler } from "../../../agent/coap/types.ts";
import { seeded } from "../../support/seeded.ts";
import type { Fate } from "../../support/transport-pair.ts";
import { joined, request, settled, text, textOf } from "./endpoints.ts";

interface Path {
  readonly loss: number;
  readonly duplication: number;
  readonly jitterMs: number;
}

/** Decides each datagram's fate by the seed alone. */
function fates(path: Path, seed: number): () => Fate {
  const chance = seeded(seed);
  const copy = (): number => 25 + chance.fraction() * path.jitterMs;
  return () => {
    if (chance.fraction() < path.loss) return [];
    return chance.fraction() < path.duplication ? [copy(), copy()] : [copy()];
  };
}

const table: readonly (readonly [Path, number, number])[] = [
  [{ loss: 0, duplication: 0, jitterMs: 0 }, 1, 1],
  [{ loss: 0.1, duplication: 0.1, jitterMs: 60 }, 1, 1],
  [{ loss: 0.25, duplication: 0.1, jitterMs: 60 }, 1, 0.95],
  [{ loss: 0.4, duplication: 0.2, jitterMs: 200 }, 0.97, 0.75],
];

for (const [path, nonShare, conShare] of table) {
  for (const [reliability, share] of [
    ["non", nonShare],
    ["con", conShare],
  ] as const) {
    const name = `${path.loss * 100} % loss, ${path.duplication * 100} % duplicates, ${path.jitterMs} ms jitter`;
    test(`${name}: ${share * 100} % of ${reliability} requests are answered in 30 s, each with its own answer`, async () => {
      const seeds = 60;
      let answered = 0;
      for (let seed = 0; seed < seeds; seed += 1) {
        const serve: RequestHandler = ({ payload }) => ({
          code: Code.Changed,
          options: [],
          payload,
        });
        const { clock, a, b } = joined({ b: { serve } }, { rttMs: 50, fate: fates(path, seed) });
        const outcomes = ["one", "two"].map((word) =>
          settled(a.request(request("PUT", "x", word), { reliability, timeoutMs: 30_000 })),
        );
        clock.advanceNow(31_000);
        await clock.advance(0);
        for (const [i, { value }] of outcomes.entries()) {
          if (value === undefined) continue;
          assert.equal(textOf(value.response.payload), i === 0 ? "one" : "two");
          answered += 1;
        }
        assert.deepEqual([a.held.outstanding, b.held.served, a.statistics.faults], [0, 0, 0]);
      }
      assert.ok(answered >= share * seeds * 2, `${answered} of ${seeds * 2}`);
    });
  }
}

test("a request is served once however often the network doubles it [RFC 7252 §4.5]", async () => {
  for (const reliability of ["con", "non"] as const) {
    let served = 0;
    const serve: RequestHandler = () => {
      served += 1;
      return { code: Code.Changed, options: [], payload: text("") };
    };
    const { clock, a } = joined({ b: { serve } }, { fate: () => [10, 10, 15, 400] });
    const outcome = settled(a.request(request("PUT", "x"), { reliability, timeoutMs: 5000 }));
    await clock.advance(5000);
    assert.equal(outcome.value?.transmissions, 1);
    assert.equal(served, 1);
  }
});

test("an observer ends up with the last state, and never goes back, over a lossy path [RFC 7641 §3.4]", async () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const listeners = new Set<(response: CoapResponse) => void>();
    const state = (n: number): CoapResponse => ({
      code: Code.Content,
      options: [],
      payload: text(String(n)),
    });
    const serve: RequestHandler = () => ({
      ...state(0),
      observation: {
        subscribe: (notify) => {
          listeners.add(notify);
          return () => void listeners.delete(notify);
        },
      },
    });
    const path = { loss: 0.3, duplication: 0.2, jitterMs: 300 };
    const { clock, a, sent } = joined({ b: { serve } }, { rttMs: 50, fate: fates(path, seed) });
    const got: number[] = [];
    settled(
      a.observe(request("GET", "x"), { reliability: "non", timeoutMs: 60_000 }, ({ payload }) =>
        got.push(Number(textOf(payload))),
      ),
    );
    await clock.advance(20_000);
    for (let n = 1; n <= 200; n += 1) {
      for (const notify of listeners) notify(state(n));
      clock.advanceNow(60);
    }
    for (let n = 0; n < 30; n += 1) {
      for (const notify of listeners) notify(state(200));
      clock.advanceNow(60);
    }
    clock.advanceNow(1000);
    assert.equal(got.at(-1), 200, `seed ${seed}`);
    assert.deepEqual(
      got,
      got.toSorted((x, y) => x - y),
      `seed ${seed}`,
    );
    const sequences = sent("b").map(({ options }) => findUint(options, OptionNumber.Observe));
    assert.ok(sequences.length > 100);
  }
});
