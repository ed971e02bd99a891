import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mitigation } from "../../../../agent/control/contract.ts";
import { plainRefusal, refusedSituation } from "../../../../renderer/model/refusal.ts";
import { NOW, refused } from "../facts.ts";

process.env["TZ"] = "UTC";

type Refusal = NonNullable<Mitigation["refusal"]>;

function because(more: Partial<Refusal>): Mitigation {
  const refusal = { code: "4.03", words: null, conflictCause: null, retryAfterS: null, ...more };
  return refused({ refusal });
}

const plain: readonly (readonly [refusal: Partial<Refusal>, words: string])[] = [
  [{ code: "4.03" }, "You may not ask for these targets"],
  [{ code: "4.09" }, "It conflicts with another request"],
  [
    { code: "4.09", conflictCause: "overlapping-targets" },
    "Another request for the same targets is active",
  ],
  [{ code: "4.09", conflictCause: "something new" }, "It conflicts with another request"],
  [{ code: "4.99" }, "It gave no reason that Mayday knows"],
  [{ code: "toString" }, "It gave no reason that Mayday knows"],
];

for (const [refusal, words] of plain) {
  test(`in plain words: ${JSON.stringify(refusal)}`, () =>
    assert.equal(plainRefusal(because(refusal)), words));
}

test("the provider's words are quoted", () => {
  const { sentence } = refusedSituation(because({ words: "not in your contract." }), { now: NOW });
  assert.equal(sentence, "Northline refused: not in your contract");
});

test("long words stand below the sentence", () => {
  const words = "because ".repeat(20).trim();
  const { sentence, details } = refusedSituation(because({ words }), { now: NOW });
  assert.equal(sentence, "Northline refused");
  assert.equal(details[0], `“${words}”`);
});

test("no words are no quotation", () => {
  assert.equal(refusedSituation(because({}), { now: NOW }).sentence, "Northline refused");
});

test("it says when it may be asked again", () => {
  const wait = because({ retryAfterS: 120 });
  const details = (now: number) => refusedSituation(wait, { now }).details;
  assert.ok(details(NOW).includes("It can be asked again in 1 minute"));
  assert.ok(details(NOW + 90_000).includes("It can be asked again now"));
});

test("a fault of the server passes, a no does not", () => {
  const last = (code: string) => refusedSituation(because({ code }), { now: NOW }).details.at(-1);
  assert.match(last("5.03") ?? "", /^Try again later/);
  assert.match(last("4.03") ?? "", /^Choose other targets/);
});

test("general words do not follow the provider's own", () => {
  const details = (more: Partial<Refusal>) => refusedSituation(because(more), { now: NOW }).details;
  const general = "It does not accept what was asked for";
  assert.ok(details({ code: "4.00" }).includes(general));
  assert.ok(!details({ code: "4.00", words: "outside your prefixes" }).includes(general));
  assert.ok(
    !details({ code: "4.99", words: "no" }).includes("It gave no reason that Mayday knows"),
  );
});
