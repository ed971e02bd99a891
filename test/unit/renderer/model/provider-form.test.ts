import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProviderDraft } from "../../../../agent/control/contract.ts";
import { fieldOfReason, providerFaults } from "../../../../renderer/model/provider-form.ts";

const draft = (more: Partial<ProviderDraft>): ProviderDraft => ({
  name: "Northline",
  server: "dots.example.net",
  pskIdentity: "branch",
  key: "hunter22hunter22",
  ...more,
});

const cases: readonly (readonly [name: string, draft: ProviderDraft, fields: readonly string[]])[] =
  [
    ["all there", draft({}), []],
    ["no server", draft({ server: " " }), ["server"]],
    [
      "nothing at all",
      draft({ name: "", server: "", pskIdentity: "", key: "" }),
      ["name", "server", "pskIdentity", "key"],
    ],
    ["a name without end", draft({ name: "x".repeat(81) }), ["name"]],
    ["a key without end", draft({ key: "x".repeat(4097) }), ["key"]],
  ];

for (const [name, given, fields] of cases) {
  test(name, () => assert.deepEqual(Object.keys(providerFaults(given)), fields));
}

test("what is said of a key never quotes it", () => {
  const key = "s3cret".repeat(1000);
  assert.doesNotMatch(JSON.stringify(providerFaults(draft({ key }))), /s3cret/);
});

test("a refusal stands beside the field that it is about", () => {
  assert.equal(fieldOfReason("name-taken"), "name");
  assert.equal(fieldOfReason("bad-server"), "server");
  assert.equal(fieldOfReason("bad-key"), "key");
  assert.equal(fieldOfReason("store-failed"), undefined);
});
