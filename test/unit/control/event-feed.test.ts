import assert from "node:assert/strict";
import { test } from "node:test";
import { EventFeed } from "../../../agent/control/event-feed.ts";
import type { EventSource } from "../../../agent/control/handlers.ts";
import { createDouble } from "../../support/control-double.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { Log } from "./lab.ts";

const FAULTS: readonly [title: string, first: () => unknown][] = [
  [
    "throws",
    () => {
      throw new RangeError("hunter2");
    },
  ],
  ["is not of the contract's form", () => ({ agent: "hunter2" })],
];

for (const [title, first] of FAULTS) {
  test(`an event that ${title} is not told, and is a fault in the log`, () => {
    const events: EventSource = Object.assign(createDouble(), { first: first as () => never });
    const log = new Log();
    const sent: string[] = [];
    const send = (text: string): void => void sent.push(text);
    const feed = new EventFeed({ events, clock: new VirtualClock(), log, send, queued: () => 0 });
    feed.subscribe(["agent.changed"]);
    assert.deepEqual(sent, []);
    assert.match(log.lines[0]?.fields ?? "", /"event":"agent\.changed"/);
    feed.stop();
    feed.stop();
  });
}
