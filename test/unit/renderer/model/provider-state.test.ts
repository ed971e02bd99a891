import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session } from "../../../../agent/control/contract.ts";
import { providerState } from "../../../../renderer/model/provider-state.ts";
import { before, NOW, session } from "../facts.ts";

const cases: readonly (readonly [
  name: string,
  session: Session | undefined,
  badge: string,
  first: string | undefined,
])[] = [
  ["not told of yet", undefined, "Not known", undefined],
  ["well", session(), "Listening", "No heartbeat has been sent yet"],
  [
    "well a moment ago",
    session({ heartbeat: { missedInARow: 1 } }),
    "Missed heartbeats",
    "Northline did not answer the last heartbeat",
  ],
  [
    "beginning",
    session({ state: "connecting", since: before(2) }),
    "Connecting",
    "Began 2 seconds ago",
  ],
  [
    "down",
    session({ state: "down", fault: { code: "name-not-found", message: "" } }),
    "Not connected",
    "The server of Northline cannot be found",
  ],
];

for (const [name, given, badge, first] of cases) {
  test(name, () => {
    const state = providerState(given, NOW);
    assert.equal(state.badge, badge);
    assert.equal(state.facts[0], first);
  });
}
