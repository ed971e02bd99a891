import assert from "node:assert/strict";
import { test } from "node:test";
import { Pacer } from "../../../agent/coap/pacer.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

test("what waits goes in the order it came, one an interval after the first three [RFC 9132 §4.4]", () => {
  const { clock, pacer, ran, run } = setUp(100);
  for (const name of ["a", "b", "c", "d", "e"]) pacer.enqueue(run(name));
  clock.advanceNow(1000);
  assert.deepEqual(ran, ["a@0", "b@0", "c@0", "d@100", "e@200"]);
  assert.equal(clock.pending, 0);
});

test("urgent datagrams do not wait, and put off those that can", () => {
  const { clock, pacer, ran, run } = setUp(100);
  for (let i = 0; i < 4; i += 1) pacer.enqueue(run("u"), true);
  pacer.enqueue(run("a"));
  pacer.enqueue(run("v"), true);
  assert.deepEqual(ran, ["u@0", "u@0", "u@0", "u@0", "v@0"]);
  clock.advanceNow(1000);
  assert.deepEqual(ran.slice(5), ["a@300"]);
  assert.equal(clock.pending, 0);
});

test("too many urgent datagrams wait, ahead of the others", () => {
  const { clock, pacer, ran, run } = setUp(100);
  for (let i = 0; i < 19; i += 1) pacer.enqueue(run("u"), true);
  pacer.enqueue(run("a"));
  pacer.enqueue(run("v"), true);
  assert.equal(ran.length, 19);
  clock.advanceNow(10_000);
  assert.deepEqual(ran.slice(19), ["v@100", "a@1800"]);
});

test("one that is cancelled takes no turn, and leaves no timer when it was the last", () => {
  const { clock, pacer, ran, run } = setUp(100);
  for (let i = 0; i < 3; i += 1) pacer.enqueue(() => {}, true);
  const first = pacer.enqueue(run("a"));
  const second = pacer.enqueue(run("b"));
  first.cancel();
  clock.advanceNow(100);
  assert.deepEqual(ran, ["b@100"]);
  second.cancel();
  pacer.enqueue(run("c")).cancel();
  assert.equal(clock.pending, 0);
});

test("a shorter interval counts at once for what waits, but not within the call", () => {
  const { clock, pacer, ran, run } = setUp(3000);
  for (let i = 0; i < 5; i += 1) pacer.enqueue(() => {}, true);
  pacer.enqueue(run("a"));
  clock.advanceNow(10);
  pacer.intervalMs = 1;
  assert.deepEqual(ran, []);
  clock.advanceNow(10);
  assert.deepEqual(ran, ["a@10"]);
});

function setUp(intervalMs: number): {
  clock: VirtualClock;
  pacer: Pacer;
  ran: string[];
  run: (name: string) => () => void;
} {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const run = (name: string) => () => void ran.push(`${name}@${clock.now()}`);
  return { clock, pacer: new Pacer(clock, intervalMs), ran, run };
}
