import assert from "node:assert/strict";
import { test } from "node:test";
import {
  freshPace,
  paceAnswered,
  paceSpent,
  paceWaitMs,
  wholeWaitMs,
} from "../../../agent/coap/pace.ts";

test("three datagrams may go at once, then one an interval [RFC 9132 §4.4]", () => {
  const sentAt: number[] = [];
  let pace = freshPace(0);
  for (let now = 0; now < 2000; now += 1) {
    while (paceWaitMs(pace, now, 100) === 0) {
      pace = paceSpent(pace, now, 100);
      sentAt.push(now);
    }
  }
  assert.deepEqual(sentAt.slice(0, 6), [0, 0, 0, 100, 200, 300]);
  assert.equal(sentAt.length, 3 + 19);
});

test("urgent datagrams run up a debt that is paid before others go", () => {
  let pace = freshPace(0);
  for (let i = 0; i < 5; i += 1) {
    assert.equal(paceWaitMs(pace, 0, 100, true), 0);
    pace = paceSpent(pace, 0, 100);
  }
  assert.equal(paceWaitMs(pace, 0, 100), 300);
  assert.equal(paceWaitMs(pace, 250, 100), 50);
  assert.equal(paceWaitMs(pace, 300, 100), 0);
});

test("the debt is bounded: beyond it urgent datagrams wait too, and nothing is forgiven [RFC 9132 §4.4]", () => {
  let pace = freshPace(0);
  let sent = 0;
  for (let now = 0; now < 10_000; now += 10) {
    while (paceWaitMs(pace, now, 100, true) === 0) {
      pace = paceSpent(pace, now, 100);
      sent += 1;
    }
    if (now === 0) assert.equal(sent, 3 + 16);
  }
  assert.equal(sent, 3 + 16 + 99);
});

test("a debt made without an estimate shrinks once there is one", () => {
  let pace = freshPace(0);
  for (let i = 0; i < 5; i += 1) pace = paceSpent(pace, 0, 3000);
  assert.equal(paceWaitMs(pace, 0, 3000), 9000);
  assert.equal(paceWaitMs(pace, 0, 20), 60);
});

test("what is left of a wait by rounding is no wait", () => {
  assert.equal(wholeWaitMs(1e-9), 0);
  assert.equal(wholeWaitMs(-5), 0);
  assert.equal(wholeWaitMs(1), 1);
});

test("one exchange after another never waits, however much faster than the estimate the answers come", () => {
  let pace = freshPace(0);
  let now = 0;
  for (let i = 0; i < 1000; i += 1) {
    assert.equal(paceWaitMs(pace, now, 100), 0, `exchange ${i}`);
    pace = paceSpent(pace, now, 100);
    now += 20;
    pace = paceAnswered(pace, now, 100, 20);
  }
});

test("an answer that took its whole interval, or longer, gives nothing back", () => {
  const spent = paceSpent(paceSpent(paceSpent(freshPace(0), 0, 100), 0, 100), 0, 100);
  for (const tookMs of [100, 500]) {
    const waitMs = paceWaitMs(paceAnswered(spent, 0, 100, tookMs), 0, 100);
    assert.equal(waitMs, 100);
  }
  assert.equal(paceWaitMs(paceAnswered(spent, 0, 100, 0), 0, 100), 0);
});
