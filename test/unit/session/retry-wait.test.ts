import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LEAST_BETWEEN_MS,
  waitAfterEnd,
  waitAfterFailure,
  waitBeside,
} from "../../../agent/session/retry-wait.ts";
import type { SessionFault } from "../../../agent/session/session-fault.ts";

const FAULTS: readonly SessionFault[] = [
  "name-not-found",
  "unreachable",
  "key-refused",
  "silent",
  "closed",
  "not-dots",
  "internal",
];
const COUNTS = [0, 1, 2, 3, 10, 1000, 1e9];
const JITTERS = [0, 0.5, 0.999_999];

for (const fault of FAULTS) {
  test(`once there was a session, no wait after ${fault} is under a minute or over five [RFC 9132 §4.7]`, () => {
    for (const failures of COUNTS) {
      for (const jitter of JITTERS) {
        const wait = waitAfterFailure({ fault, failures, hadSession: true }, jitter);
        assert.ok(wait >= LEAST_BETWEEN_MS && wait <= 300_000, `${failures}, ${jitter}: ${wait}`);
      }
    }
    const often = waitAfterFailure({ fault, failures: 4, hadSession: true }, 0);
    assert.equal(often, 300_000, "what it SHOULD be is reached");
  });
}

test("before the first session a wait is bounded, too", () => {
  for (const failures of COUNTS) {
    for (const jitter of JITTERS) {
      const failure = { failures, hadSession: false };
      const wait = waitAfterFailure({ ...failure, fault: "unreachable" }, jitter);
      const futile = waitAfterFailure({ ...failure, fault: "key-refused" }, jitter);
      assert.ok(wait >= 2000 && wait <= 60_000);
      assert.ok(futile >= 15_000 && futile <= 300_000);
    }
  }
});

test("chance stretches a wait by half at most, and never shortens it", () => {
  assert.equal(waitAfterEnd(2, 0), 4000);
  assert.equal(waitAfterEnd(2, 0.5), 5000);
  assert.ok(waitAfterEnd(2, 0.999_999) < 6000);
});

test("the first bad session is replaced at once, the ones after it at a distance", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 99].map((fleeting) => waitBeside(fleeting) / 1000),
    [0, 0, 60, 120, 240, 300, 300],
  );
});
