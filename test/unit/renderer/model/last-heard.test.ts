import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mitigation } from "../../../../agent/control/contract.ts";
import { lostSentences } from "../../../../renderer/model/lost-words.ts";
import { mitigationSituation } from "../../../../renderer/model/mitigation-situation.ts";
import { before, filtering, NOW, refused, session } from "../facts.ts";

process.env["TZ"] = "UTC";

const told = NOW - 120_000;
const situation = (more: Partial<Mitigation>, lost: "no-agent" | "signed-out" = "no-agent") =>
  mitigationSituation(filtering({ toldAt: before(180), ...more }), {
    session: session(),
    told,
    now: NOW,
    lost,
  });

const past: readonly (readonly [Partial<Mitigation>, string])[] = [
  [{ phase: "asking" }, "at 13:58, Northline had not yet answered your request for Shop"],
  [{ phase: "accepted" }, "at 13:57, Northline had accepted your request for Shop"],
  [{ phase: "filtering" }, "at 13:57, Northline was filtering traffic to Shop"],
  [{ phase: "attack-over" }, "at 13:57, Northline had said that the attack on Shop was over"],
  [{ phase: "withdrawing" }, "at 13:58, Northline had not yet confirmed the stop for Shop"],
];

for (const [more, words] of past) {
  test(`${more.phase} is told as the past while the agent is lost`, () => {
    const { sentence, tone, nextSteps } = situation(more);
    assert.equal(sentence, `When Mayday last heard, ${words}`);
    assert.deepEqual([tone, nextSteps], ["warn", []]);
  });
}

test("nothing is said to renew itself", () => {
  assert.deepEqual(situation({}).details, ["Nothing renews it until the agent is back"]);
});

test("an agent that turned this page away may go on", () => {
  const { state, details } = situation({}, "signed-out");
  assert.equal(state, "signed-out");
  assert.deepEqual(details, ["What has happened since is not known to this page"]);
});

test("what is over stays as it was", () => {
  const context = { session: undefined, told, now: NOW, lost: "no-agent" } as const;
  assert.equal(mitigationSituation(refused(), context).state, "refused");
});

test("a page says when it was last told, and whether an agent is there", () => {
  assert.match(lostSentences("no-agent", told)[0] ?? "", /not running\. .* known at 13:58:00\.$/);
  assert.equal(lostSentences("no-agent", undefined).length, 1);
  assert.doesNotMatch(lostSentences("signed-out", told).join(" "), /not running/);
});
