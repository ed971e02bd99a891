import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  delayAfter,
  END_MS,
  HOST_START,
  HOST_START_EFFECTS,
  START_MS,
  step,
} from "../../../electron/main/agent-restarts.ts";
import type { HostEffect, HostInput, HostState } from "../../../electron/main/agent-restarts.ts";

const running = (failures = 0): HostState => ({ tag: "running", failures, since: 1000 });
const waiting = (failures: number): HostState => ({ tag: "waiting", failures, fault: undefined });
const starting = (failures: number): HostState => ({ tag: "starting", failures });
const stopping: HostState = { tag: "stopping" };
const stopped: HostState = { tag: "stopped" };
const endedAt = (now: number): HostInput => ({ tag: "ended", now, fault: undefined });
const arm = (ms: number | undefined): HostEffect => ({ tag: "arm", ms });
const ready: HostInput = { tag: "ready", now: 1000 };
const timer: HostInput = { tag: "timer" };
const stop: HostInput = { tag: "stop" };
const kill: HostEffect = { tag: "kill" };

describe("one step", () => {
  const cases: readonly [string, HostState, HostInput, HostState, readonly HostEffect[]][] = [
    ["it answers", starting(2), ready, running(2), [arm(undefined)]],
    ["it hangs at the start", starting(0), timer, starting(0), [kill]],
    ["it cannot start", starting(0), endedAt(1), waiting(1), [arm(500)]],
    ["again and again", starting(3), endedAt(1), waiting(4), [arm(5000)]],
    ["it dies soon", running(1), endedAt(60_999), waiting(2), [arm(1000)]],
    ["it dies after a minute", running(9), endedAt(61_000), waiting(1), [arm(500)]],
    ["its time has come", waiting(2), timer, starting(2), HOST_START_EFFECTS],
    ["it is stopped", running(), stop, stopping, [{ tag: "end" }, arm(END_MS)]],
    ["while it starts", starting(0), stop, stopping, [{ tag: "end" }, arm(END_MS)]],
    ["while it waits", waiting(1), stop, stopped, [arm(undefined)]],
    ["it has ended", stopping, endedAt(1), stopped, [arm(undefined)]],
    ["it does not end", stopping, timer, stopping, [kill]],
  ];
  for (const [title, state, input, next, effects] of cases) {
    test(title, () => assert.deepEqual(step(state, input), [next, effects]));
  }

  const nothing: readonly [string, HostState, HostInput][] = [
    ["a second answer", running(), ready],
    ["an answer too late", stopping, ready],
    ["a late end", stopped, endedAt(1)],
    ["an end while it waits", waiting(1), endedAt(1)],
    ["a late timer", running(), timer],
    ["a timer after the end", stopped, timer],
    ["a second stop", stopping, stop],
    ["a stop after the end", stopped, stop],
  ];
  for (const [title, state, input] of nothing) {
    test(`${title} changes nothing`, () => assert.deepEqual(step(state, input), [state, []]));
  }
});

test("the first start comes at once, and may take its time", () => {
  assert.deepEqual(HOST_START, starting(0));
  assert.deepEqual(HOST_START_EFFECTS, [{ tag: "fork" }, arm(START_MS)]);
});

test("delays grow, and stop growing at half a minute", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map(delayAfter);
  assert.deepEqual(delays, [500, 500, 1000, 2000, 5000, 10_000, 30_000, 30_000, 30_000]);
});
