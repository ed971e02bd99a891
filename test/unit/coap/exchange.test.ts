import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginConfirmable,
  beginPaced,
  step,
  type ExchangeInput,
  type ExchangeState,
} from "../../../agent/coap/exchange.ts";
import {
  checkedParameters,
  DEFAULT_PARAMETERS,
  exchangeLifetimeMs,
  maxTransmitSpanMs,
  nonLifetimeMs,
} from "../../../agent/coap/parameters.ts";

const TIMER: ExchangeInput = { tag: "timer" };
const TURN: ExchangeInput = { tag: "turn", intervalMs: 250 };

for (const [fraction, timeouts] of [
  [0, [2000, 4000, 8000, 16_000]],
  [0.5, [2500, 5000, 10_000, 20_000]],
] as const) {
  test(`a CON is sent again after ${timeouts.join(", ")} ms, then given up [RFC 7252 §4.2]`, () => {
    let [state, effects] = beginConfirmable(DEFAULT_PARAMETERS, fraction);
    for (const ms of timeouts) {
      assert.deepEqual(effects, [{ tag: "send" }, { tag: "arm", ms }]);
      [state, effects] = step(state, TIMER);
    }
    assert.deepEqual(state, { tag: "over" });
    assert.deepEqual(effects, [{ tag: "give-up" }]);
  });
}

test("an acknowledged CON is not sent again [RFC 7252 §4.2]", () => {
  const [sending] = beginConfirmable(DEFAULT_PARAMETERS, 0);
  const [waiting, effects] = step(sending, { tag: "acknowledged" });
  assert.deepEqual(effects, [{ tag: "disarm" }]);
  assert.deepEqual(step(waiting, TIMER), [waiting, []]);
});

test("a NON is sent, and sent again, when the pace allows, without an end of its own [RFC 9132 §4.4]", () => {
  let [state, effects] = beginPaced(false);
  for (let i = 0; i < 50; i += 1) {
    assert.deepEqual(effects, [{ tag: "enqueue" }]);
    [state, effects] = step(state, TURN);
    assert.deepEqual(effects, [{ tag: "send" }, { tag: "arm", ms: 250 }]);
    [state, effects] = step(state, TIMER);
  }
});

test("a turn means nothing to what is not queued for one", () => {
  const repeating: ExchangeState = { tag: "repeating" };
  assert.deepEqual(step(repeating, TURN), [repeating, []]);
});

test("a NON that goes once is never sent again", () => {
  const [queued, effects] = beginPaced(true);
  assert.deepEqual(effects, [{ tag: "enqueue" }]);
  const [state, sending] = step(queued, TURN);
  assert.deepEqual(sending, [{ tag: "send" }]);
  assert.deepEqual(step(state, TIMER), [state, []]);
  assert.deepEqual(step(state, TURN), [state, []]);
});

const states: readonly ExchangeState[] = [
  { tag: "retransmitting", timeoutMs: 1, left: 0 },
  { tag: "repeating" },
  { tag: "queued", once: false },
  { tag: "waiting" },
  { tag: "over" },
];
for (const state of states) {
  test(`nothing is sent after the end of what was ${state.tag}`, () => {
    const [over] = step(state, { tag: "ended" });
    assert.deepEqual(over, { tag: "over" });
    for (const input of [TIMER, TURN, { tag: "acknowledged" }, { tag: "ended" }] as const) {
      assert.deepEqual(step(over, input), [over, []]);
    }
  });
}

test("an acknowledgement means nothing to a NON", () => {
  for (const state of [beginPaced(false)[0], { tag: "repeating" }] as const) {
    assert.deepEqual(step(state, { tag: "acknowledged" }), [state, []]);
  }
});

test("the derived times are those of RFC 7252 for its defaults [RFC 7252 §4.8.2 Table 3]", () => {
  const coap = { ackTimeoutMs: 2000, ackRandomFactor: 1.5, maxRetransmit: 4, probingRate: 1 };
  assert.equal(maxTransmitSpanMs(coap), 45_000);
  assert.equal(exchangeLifetimeMs(coap), 247_000);
  assert.equal(nonLifetimeMs(coap), 145_000);
});

test("the defaults are those of DOTS [RFC 9132 §4.5.2]", () => {
  assert.deepEqual(DEFAULT_PARAMETERS, {
    ackTimeoutMs: 2000,
    ackRandomFactor: 1.5,
    maxRetransmit: 3,
    probingRate: 5,
  });
});

for (const fault of [
  { ackTimeoutMs: 0 },
  { ackRandomFactor: 0.9 },
  { maxRetransmit: -1 },
  { maxRetransmit: 1.5 },
  { probingRate: 0 },
  { ackTimeoutMs: Number.NaN },
]) {
  test(`parameters with ${JSON.stringify(fault)} are refused [RFC 7252 §4.8.1]`, () => {
    assert.throws(() => checkedParameters({ ...DEFAULT_PARAMETERS, ...fault }), RangeError);
  });
}
