import assert from "node:assert/strict";
import { test } from "node:test";
import { trafficNumbers } from "../../../../renderer/model/traffic-numbers.ts";
import { before, ended, filtering, NOW } from "../facts.ts";

process.env["TZ"] = "UTC";

const heard = { now: NOW, lost: false };

test("what runs tells its rate and the total so far", () => {
  const numbers = trafficNumbers(filtering(), heard);
  assert.equal(numbers?.big, "3.1 Gbit/s");
  assert.equal(numbers?.more, "41,000 packets/s, 270 GB so far");
  assert.equal(numbers?.old, undefined);
});

test("old numbers say how old they are", () => {
  const numbers = trafficNumbers(filtering({ toldAt: before(40) }), heard);
  assert.equal(numbers?.old, "as told 40 seconds ago");
});

const past = [
  ["what ended", ended(), false, /in all$/],
  ["what ended in practice", ended({ kind: "practice" }), false, /^would .* practice$/],
  ["what is being stopped", filtering({ phase: "withdrawing" }), false, /^had been .* 13:59:57$/],
  ["what cannot be heard", filtering(), true, /^had been .* 13:59:57$/],
] as const;

for (const [name, mitigation, lost, text] of past) {
  test(`${name} tells the total alone`, () => {
    const numbers = trafficNumbers(mitigation, { now: NOW, lost });
    assert.deepEqual([numbers?.big, numbers?.more], ["270 GB", undefined]);
    assert.match(numbers?.text ?? "", text);
  });
}

test("no numbers are none", () => {
  assert.equal(trafficNumbers(filtering({ dropped: null }), heard), undefined);
});
