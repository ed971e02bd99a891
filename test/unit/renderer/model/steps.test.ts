import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mitigation } from "../../../../agent/control/contract.ts";
import { requestSteps } from "../../../../renderer/model/steps.ts";
import { ended, filtering, refused } from "../facts.ts";

process.env["TZ"] = "UTC";

const kept = filtering({ phase: "asking", sentAt: null, acceptedAt: null, filteringAt: null });

const ways: readonly (readonly [name: string, mitigation: Mitigation, way: string])[] = [
  ["only kept", kept, "Kept here done, Sent waiting, Accepted ahead, Filtering ahead"],
  [
    "sent",
    { ...kept, sentAt: kept.requestedAt },
    "Kept here done, Sent done, Accepted waiting, Filtering ahead",
  ],
  [
    "accepted",
    filtering({ phase: "accepted", filteringAt: null }),
    "Kept here done, Sent done, Accepted done, Filtering waiting",
  ],
  ["filtering", filtering(), "Kept here done, Sent done, Accepted done, Filtering done"],
  [
    "told of filtering before its acceptance was kept",
    filtering({ acceptedAt: null }),
    "Kept here done, Sent done, Accepted done, Filtering done",
  ],
  ["refused", refused(), "Kept here done, Sent done, Refused failed"],
  [
    "being stopped",
    filtering({ phase: "withdrawing", filteringAt: null }),
    "Kept here done, Sent done, Accepted done, Stopped waiting",
  ],
  ["stopped", ended(), "Kept here done, Sent done, Accepted done, Filtering done, Stopped done"],
];

for (const [name, mitigation, way] of ways) {
  test(name, () => {
    const steps = requestSteps(mitigation).map((step) => `${step.name} ${step.state}`);
    assert.equal(steps.join(", "), way);
  });
}

test("each step that is done has its time", () => {
  assert.deepEqual(
    requestSteps(filtering()).map(({ time }) => time),
    ["13:47:35", "13:47:35", "13:47:36", "13:48:00"],
  );
});
