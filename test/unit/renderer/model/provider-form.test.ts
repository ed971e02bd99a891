import assert from "node:assert/strict";
import { test } from "node:test";
import { contract } from "../../../../agent/control/contract.ts";
import {
  fieldOfReason,
  fieldsOf,
  MOST_OF_FILE,
  providerDraft,
  providerFaults,
  type CredentialKind,
  type ProviderTexts,
} from "../../../../renderer/model/provider-form.ts";

const PSK: ProviderTexts = {
  name: "Northline",
  server: "dots.example.net",
  pskIdentity: "branch",
  key: "hunter22hunter22",
};
const CERTIFICATE: ProviderTexts = {
  name: "Northline",
  server: "dots.example.net",
  certificate: "-----BEGIN CERTIFICATE-----",
  key: "-----BEGIN PRIVATE KEY-----",
  ca: "-----BEGIN CERTIFICATE-----",
};

const cases: readonly (readonly [
  name: string,
  kind: CredentialKind,
  texts: ProviderTexts,
  fields: readonly string[],
])[] = [
  ["all there", "psk", PSK, []],
  ["no server", "psk", { ...PSK, server: " " }, ["server"]],
  ["nothing at all", "psk", {}, ["name", "server", "pskIdentity", "key"]],
  ["a name without end", "psk", { ...PSK, name: "x".repeat(81) }, ["name"]],
  ["a key without end", "psk", { ...PSK, key: "x".repeat(4097) }, ["key"]],
  ["all files there", "certificate", CERTIFICATE, []],
  ["no file at all", "certificate", PSK, ["certificate", "ca"]],
  ["with a server's name", "certificate", { ...CERTIFICATE, serverName: "dots.example.com" }, []],
  ["a file without end", "certificate", { ...CERTIFICATE, ca: "x".repeat(MOST_OF_FILE) }, ["ca"]],
  [
    "a server's name without end",
    "certificate",
    { ...CERTIFICATE, serverName: "x".repeat(254) },
    ["serverName"],
  ],
];

for (const [name, kind, texts, fields] of cases) {
  test(name, () => {
    assert.deepEqual(Object.keys(providerFaults(kind, texts)), fields);
    const { success } = contract.calls.provider.add.input.safeParse(
      providerDraft(kind, texts, true),
    );
    assert.equal(success, fields.length === 0, "the agent thinks the same");
  });
}

test("each kind has its fields, and sends no other's", () => {
  const all = { ...PSK, ...CERTIFICATE, serverName: "dots.example.com" };
  for (const kind of ["psk", "certificate"] as const) {
    const { type, ...sent } = { type: kind, ...providerDraft(kind, all, false) };
    assert.equal(type, kind);
    assert.deepEqual(Object.keys(sent).toSorted(), fieldsOf(kind).toSorted());
  }
});

test("older certificates are taken only where that was asked for", () => {
  for (const legacy of [true, false]) {
    const sent = providerDraft("certificate", CERTIFICATE, legacy);
    assert.equal(contract.calls.provider.add.input.safeParse(sent).success, true);
    assert.equal("legacy" in sent && sent.legacy, legacy);
  }
  assert.ok(!("legacy" in providerDraft("psk", PSK, true)), "a key has none");
});

test("what is said of a key never quotes it", () => {
  const key = "s3cret".repeat(10_000);
  for (const kind of ["psk", "certificate"] as const) {
    assert.doesNotMatch(JSON.stringify(providerFaults(kind, { ...PSK, key })), /s3cret/);
  }
});

test("a refusal stands beside the field that it is about", () => {
  assert.equal(fieldOfReason("name-taken"), "name");
  assert.equal(fieldOfReason("bad-server"), "server");
  assert.equal(fieldOfReason("bad-key"), "key");
  assert.equal(fieldOfReason("bad-certificate"), "certificate");
  assert.equal(fieldOfReason("store-failed"), undefined);
});
