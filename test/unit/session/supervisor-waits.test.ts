/** What the supervisor does over many steps: how it waits, and that it does not run in circles. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionFault } from "../../../agent/session/session-fault.ts";
import {
  INITIAL_SUPERVISOR,
  step,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
} from "../../../agent/session/supervisor-machine.ts";

const MINUTE = 60_000;

function after(from: SupervisorState, ...inputs: readonly SupervisorInput[]): SupervisorState {
  let state = from;
  for (const input of inputs) [state] = step(state, input);
  return state;
}

const FIRST = after(INITIAL_SUPERVISOR, { tag: "due", at: 0 });
const STANDING = after(FIRST, { tag: "up", at: 0 });
/** A try beside a session that answers badly. */
const TRYING = after(STANDING, { tag: "missed", at: 0, inARow: 2 });
/** A try in place of a session that fell silent, and of one that ended. */
const HOLDING = after(TRYING, { tag: "silent", at: 0 });
const REPLACING = after(TRYING, { tag: "lost", at: 0, orderly: false, jitter: 0 });

/** What is waited between one failed try and the next, from a state in which one is under way. */
function waits(from: SupervisorState, fault: SessionFault, count: number): number[] {
  const seen: number[] = [];
  let state = from;
  let at = 0;
  while (seen.length < count) {
    const [down, [effect]] = step(state, { tag: "failed", at, fault, jitter: 0 });
    assert.ok(effect?.tag === "arm");
    seen.push(effect.delayMs / 1000);
    at += effect.delayMs;
    [state] = step(down, { tag: "due", at });
  }
  return seen;
}

test("waits double, to a minute before the first session", () => {
  assert.deepEqual(waits(FIRST, "unreachable", 8), [2, 4, 8, 16, 32, 60, 60, 60]);
});

for (const fault of ["key-refused", "name-not-found"] as const) {
  test(`waits double to five minutes where a try is likely futile: ${fault}`, () => {
    assert.deepEqual(waits(FIRST, fault, 7), [15, 30, 60, 120, 240, 300, 300]);
  });
}

for (const [name, from] of [
  ["a bad session", TRYING],
  ["a silent session", HOLDING],
  ["a session that ended", REPLACING],
] as const) {
  test(`for ${name} they begin at a minute, and end at five [RFC 9132 §4.7]`, () => {
    assert.deepEqual(waits(from, "unreachable", 6), [60, 120, 240, 300, 300, 300]);
  });
}

test("a session that stands wipes out the failures before it", () => {
  let state = FIRST;
  for (let at = 1000; at < 10 * MINUTE; at += MINUTE) {
    state = after(
      state,
      { tag: "failed", at, fault: "unreachable", jitter: 0 },
      { tag: "due", at: at + MINUTE },
    );
  }
  const stood = after(state, { tag: "up", at: 11 * MINUTE });
  const [, effects] = step(stood, { tag: "lost", at: 12 * MINUTE, orderly: true, jitter: 0 });
  assert.deepEqual(effects, [{ tag: "drop" }, { tag: "arm", delayMs: 2000 }]);
});

test("requests that go unanswered while heartbeats are answered do not make it try without end", () => {
  let state: SupervisorState = STANDING;
  const tries: number[] = [];
  for (let at = 0; at < 60 * MINUTE; at += 10_000) {
    let effects: readonly SupervisorEffect[];
    [state, effects] = step(state, { tag: "unanswered", at });
    if (effects.some(({ tag }) => tag === "try")) tries.push(at);
    [state] = step(state, { tag: "answered" });
  }
  assert.ok(tries.length >= 2 && tries.length < 20, `${tries.length} tries in an hour`);
});
