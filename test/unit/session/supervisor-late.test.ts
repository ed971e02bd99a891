/** A person's request that waits long for its answer, as the supervisor's machine sees it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  step,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
} from "../../../agent/session/supervisor-machine.ts";
import { ACTIVE, DOWN_HOLDING, MINUTE, STOOD, TRY_BESIDE, WAITING } from "./supervisor-states.ts";

const DOUBTED: SupervisorState = { tag: "active", memory: STOOD, beside: true };
const DOWN: SupervisorState = { tag: "down", memory: STOOD, held: false, next: 90_000 };

const table: readonly {
  name: string;
  from: SupervisorState;
  input: SupervisorInput;
  to: SupervisorState["tag"];
  effects: readonly SupervisorEffect[];
}[] = [
  {
    name: "tries beside the session when a person's request is late, which is no bad session yet",
    from: ACTIVE,
    input: { tag: "late", at: MINUTE },
    to: "active",
    effects: TRY_BESIDE,
  },
  {
    name: "does not try twice when another request is late",
    from: DOUBTED,
    input: { tag: "late", at: MINUTE },
    to: "active",
    effects: [],
  },
  {
    name: "does not wait for its time when a request is late on a bad session",
    from: WAITING,
    input: { tag: "late", at: 5000 },
    to: "degraded",
    effects: TRY_BESIDE,
  },
  {
    name: "nor on one that is silent",
    from: DOWN_HOLDING,
    input: { tag: "late", at: 5000 },
    to: "connecting",
    effects: TRY_BESIDE,
  },
  {
    name: "gives the try beside up when the late answer comes",
    from: DOUBTED,
    input: { tag: "answered" },
    to: "active",
    effects: [{ tag: "abandon" }],
  },
  {
    name: "swaps the sessions when the try beside is sooner",
    from: DOUBTED,
    input: { tag: "up", at: MINUTE },
    to: "active",
    effects: [{ tag: "adopt" }],
  },
  {
    name: "knows the session for bad once the try beside has failed, too",
    from: DOUBTED,
    input: { tag: "failed", at: MINUTE, fault: "unreachable", jitter: 0 },
    to: "degraded",
    effects: [{ tag: "arm", delayMs: MINUTE }],
  },
  {
    name: "goes on with the try beside when heartbeats are missed meanwhile",
    from: DOUBTED,
    input: { tag: "missed", at: MINUTE, inARow: 2 },
    to: "degraded",
    effects: [],
  },
  {
    name: "goes on with the try beside when the session is lost meanwhile",
    from: DOUBTED,
    input: { tag: "lost", at: MINUTE, orderly: false, jitter: 0 },
    to: "connecting",
    effects: [{ tag: "drop" }],
  },
];

for (const { name, from, input, to, effects } of table) {
  test(`it ${name}`, () => {
    const [state, told] = step(from, input);
    assert.equal(state.tag, to);
    assert.deepEqual(told, effects);
  });
}

for (const state of [ACTIVE, DOUBTED, DOWN]) {
  test(`closing ends everything from ${state.tag}${state === DOUBTED ? ", trying" : ""}`, () => {
    assert.deepEqual(step(state, { tag: "close" }), [{ tag: "closed" }, [{ tag: "end" }]]);
  });
}

test("a late request makes a try at most once a second", () => {
  const [tried] = step(ACTIVE, { tag: "late", at: 5000 });
  const [calm] = step(tried, { tag: "answered" });
  assert.deepEqual(step(calm, { tag: "late", at: 5999 }), [calm, []]);
  assert.deepEqual(step(calm, { tag: "late", at: 6000 })[1], TRY_BESIDE);
});

test("a try beside that was not needed costs nothing later", () => {
  const [tried] = step(ACTIVE, { tag: "late", at: 5000 });
  const [calm] = step(tried, { tag: "answered" });
  assert.deepEqual(step(calm, { tag: "missed", at: 6000, inARow: 2 })[1], TRY_BESIDE);
});
