import assert from "node:assert/strict";
import { test } from "node:test";
import { Liveness } from "../../../../agent/dots/server/liveness.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const ALLOWED_MS = 450_000;

function watched(): {
  clock: VirtualClock;
  liveness: Liveness;
  lostAt: number[];
  session: { lastHeardAt: number };
} {
  const clock = new VirtualClock();
  const session = { lastHeardAt: 0 };
  const lostAt: number[] = [];
  const liveness: Liveness = new Liveness(
    clock,
    ALLOWED_MS,
    () => session.lastHeardAt,
    () => {
      lostAt.push(clock.now());
      assert.ok(liveness.isLost);
    },
  );
  return { clock, liveness, lostAt, session };
}

test("a client that resumes on the same session and falls silent again is lost again, on time [RFC 9132 §4.7]", async () => {
  const { clock, session, lostAt, liveness } = watched();
  await clock.advance(500_000);
  assert.deepEqual(lostAt, [450_000]);
  session.lastHeardAt = 500_000;
  assert.ok(!liveness.isLost);
  await clock.advance(600_000);
  assert.deepEqual(lostAt, [450_000, 950_000]);
});

test("one silence is one loss, however long it lasts", async () => {
  const { clock, lostAt, liveness } = watched();
  await clock.advance(5_000_000);
  assert.deepEqual(lostAt, [450_000]);
  liveness.heard(100_000); // the end of a session that had been silent since
  assert.ok(liveness.isLost);
  await clock.advance(5_000_000);
  assert.deepEqual(lostAt, [450_000]);
});

test("a session that begins or ends counts from its own moment", async () => {
  const { clock, liveness, lostAt } = watched();
  await clock.advance(400_000);
  liveness.heard(400_000);
  await clock.advance(449_000);
  assert.deepEqual(lostAt, []);
  await clock.advance(1_000);
  assert.deepEqual(lostAt, [850_000]);
  liveness.stop();
  assert.equal(clock.pending, 0);
});
