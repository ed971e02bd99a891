import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestInput } from "../../../agent/daemon/request-inputs.ts";
import { dueAt, step } from "../../../agent/daemon/request-machine.ts";
import {
  newRequest,
  restoredRequest,
  type RequestState,
} from "../../../agent/daemon/request-state.ts";
import type { StoredRequest } from "../../../agent/store/agent-store.ts";
import {
  deleted,
  deleteFailed,
  DOWN,
  DUE,
  FILTERING,
  gone,
  granted,
  KEPT,
  LEFT,
  NO,
  refused,
  REMOVED,
  run,
  SETTLED,
  STRAY,
  told,
  unanswered,
  UP,
  WALL,
  WITHDRAW,
} from "./request-course.ts";

/** What holds in every state. */

const EVERYTHING: readonly RequestInput[] = [
  UP,
  DOWN,
  LEFT,
  SETTLED,
  STRAY,
  WITHDRAW,
  DUE,
  REMOVED,
  granted(),
  refused(true),
  refused(false),
  unanswered,
  told(1),
  told(2),
  told(6),
  gone(),
  deleted(),
  deleteFailed,
];

test("what is over stays as it is, whatever comes", () => {
  for (const course of [
    [UP, LEFT, SETTLED, refused(true)],
    [...FILTERING, told(7)],
  ]) {
    const over = run(course).state;
    for (const input of EVERYTHING) {
      assert.deepEqual(step(over, input, { at: 1e6, wallMs: WALL }), [over, []]);
    }
  }
});

test("every input can come in every state, and what is due lies ahead or leads on", () => {
  const seen = new Map<string, RequestState>();
  const start = newRequest(KEPT, { at: 0, wallMs: WALL });
  const waiting = [start];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    const { kept, connected, puts, renewing, deleteAgain, silent, deleteAt, strayUntil } = state;
    const key = JSON.stringify([
      kept.phase,
      kept.status,
      kept.sentAtMs === null,
      connected,
      Math.min(puts, 2),
      renewing,
      deleteAgain,
      silent,
      deleteAt === undefined,
      strayUntil === undefined,
    ]);
    if (seen.has(key)) continue;
    seen.set(key, state);
    for (const input of EVERYTHING) {
      const [next] = step(state, input, { at: 1000, wallMs: WALL + 1000 });
      const due = dueAt(next);
      if (due !== undefined) {
        const moment = { at: due, wallMs: WALL + due };
        assert.notDeepEqual(
          step(next, DUE, moment)[0],
          next,
          "a timer that does nothing comes again",
        );
      }
      waiting.push(next);
    }
  }
  assert.ok(seen.size > 50, `${seen.size} states`);
});

test("a request that lived when the agent ended", () => {
  const later = { at: 50, wallMs: WALL + 100_000 };
  const sent = { ...KEPT, sentAtMs: WALL };
  const cases: readonly (readonly [StoredRequest, number | undefined])[] = [
    [KEPT, undefined],
    [{ ...sent, phase: "filtering", expiresAtMs: WALL + 600_000 }, 500_050],
    [{ ...sent, phase: "filtering", expiresAtMs: null }, undefined], // without end
    [{ ...sent, phase: "withdrawing", expiresAtMs: WALL + 90_000 }, -9_950],
    [{ ...sent, phase: "withdrawing", expiresAtMs: null }, undefined],
  ];
  for (const [kept, due] of cases) assert.equal(dueAt(restoredRequest(kept, later)), due);
});

test("one that may have left before the agent ended is withdrawn at the server", () => {
  const restored = restoredRequest(KEPT, { at: 0, wallMs: WALL });
  assert.equal(run([WITHDRAW], restored).state.kept.phase, "withdrawing");
  assert.deepEqual(run([WITHDRAW, UP], restored).effects, ["delete"]);
  assert.equal(run([WITHDRAW, UP, deleted()], restored).state.kept.outcome, "withdrawn");
});

test("one that was refused for good renews itself no more after a restart", () => {
  const kept = { ...KEPT, sentAtMs: WALL, phase: "filtering", expiresAtMs: WALL + 1000 } as const;
  const at = { at: 0, wallMs: WALL };
  const refusedOne = restoredRequest({ ...kept, refusal: NO }, at);
  assert.equal(run([[1, DUE]], refusedOne).state.kept.outcome, "expired");
  const later = restoredRequest({ ...kept, refusal: { ...NO, retryAfterS: 60 } }, at);
  assert.equal(run([[1, DUE]], later).state.kept.phase, "asking");
});
