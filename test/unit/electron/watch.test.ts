import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../../agent/control/contract.ts";
import type { ControlApi } from "../../../agent/control/handlers.ts";
import { Watch } from "../../../electron/main/watch.ts";
import { aSession } from "../../support/control-samples.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { ready } from "./samples.ts";

function lab() {
  const clock = new VirtualClock();
  const sentences: string[] = [];
  let tell: (value: Status) => void = () => {};
  let isStopped = false;
  const api = {
    on: (name: string, listener: (value: Status) => void) => {
      assert.equal(name, "agent.changed");
      tell = listener;
      return { stop: () => (isStopped = true) };
    },
  };
  const told: Status[] = [];
  const watch = new Watch({
    clock,
    api: api as unknown as ControlApi,
    onState: ({ sentence }) => sentences.push(sentence),
    onStatus: (value) => told.push(value),
  });
  return {
    clock,
    sentences,
    told,
    watch,
    tell: (value: Status) => tell(value),
    stopped: () => isStopped,
  };
}

test("says what is true from the first moment on, and when it changes", () => {
  const { sentences, tell, told, watch } = lab();
  watch.host({ tag: "running", failures: 0, since: 0 });
  tell(ready());
  watch.host({ tag: "waiting", failures: 1, fault: undefined });
  assert.deepEqual(sentences, [
    "Looking for Mayday's agent",
    "Looking for Mayday's agent",
    "Ready. Northline is listening",
    "Mayday's agent is not running",
  ]);
  assert.deepEqual([told.length, watch.status], [1, told[0]]);
});

test("says anew for how long something has been true, until it is closed", async () => {
  const { clock, sentences, stopped, tell, watch } = lab();
  watch.host({ tag: "running", failures: 0, since: 0 });
  const lastAt = new Date(clock.wallTime()).toISOString();
  const { heartbeat } = aSession();
  const silent = aSession({
    state: "down",
    since: lastAt,
    heartbeat: { ...heartbeat, lastAt },
    fault: { code: "silent", message: "" },
  });
  tell(ready({ sessions: [silent] }));
  await clock.advance(300_000);
  const last = sentences.at(-1) ?? "";
  assert.match(last, /has not answered for 5 minutes/);
  watch.close();
  await clock.advance(300_000);
  assert.equal(sentences.at(-1), last);
  assert.deepEqual([clock.pending, stopped()], [0, true]);
});
