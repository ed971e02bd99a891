import assert from "node:assert/strict";
import { test } from "node:test";
import { contract, type CallName } from "../../../agent/control/contract.ts";
import { byName, type AnyCall } from "../../../agent/control/define.ts";
import { check } from "../../../agent/control/explain.ts";

const CALLS = byName<AnyCall>(contract.calls);
const draft = { name: "a", server: "b", pskIdentity: "c", key: "d" };

function faultsOf(name: CallName, input: unknown): string {
  const definition = CALLS.get(name);
  assert.ok(definition);
  const checked = check(definition.input, input);
  return checked.ok ? "" : checked.faults;
}

const FAULTS: readonly [call: CallName, input: unknown, faults: string][] = [
  [
    "provider.add",
    {},
    "name: is missing; server: is missing; pskIdentity: is missing; key: is missing",
  ],
  ["provider.add", [], "the input: is not an object"],
  ["provider.add", { ...draft, key: 5 }, "key: is not a text"],
  ["provider.add", { ...draft, name: " " }, "name: is empty"],
  ["provider.add", { ...draft, name: "a\u001B[2J" }, "name: holds a control character"],
  ["provider.add", { ...draft, server: "b".repeat(301) }, "server: is longer than 300 characters"],
  [
    "provider.add",
    { ...draft, port: 1, host: 2 },
    "the input: holds what is not known here: port, host",
  ],
  ["provider.test", {}, "provider: is missing"],
  ["provider.test", { provider: 7 }, "provider: is not a text"],
  ["provider.test", { draft: { ...draft, key: "" } }, "draft.key: is empty"],
  ["mitigation.request", { targets: [] }, "targets: names no target"],
  ["mitigation.request", { targets: ["a", 5] }, "targets[1]: is not a text"],
  ["mitigation.request", { targets: "a" }, "targets: is not a list"],
  ["mitigation.request", { targets: ["a"], lifetimeS: 59 }, "lifetimeS: is less than a minute"],
  ["mitigation.request", { targets: ["a"], lifetimeS: 60.5 }, "lifetimeS: is not a whole number"],
  [
    "mitigation.request",
    { targets: ["a"], requestKey: "x" },
    "requestKey: has fewer characters than 8",
  ],
  ["mitigation.list", { all: "yes" }, "all: is not true or false"],
  ["activity.list", { limit: 1001 }, "limit: is more than 1000"],
];

for (const [call, input, faults] of FAULTS) {
  test(`${call}: ${faults.slice(0, 70)}`, () => assert.equal(faultsOf(call, input), faults));
}

const SECRET = "0123456789abcdef0123456789abcdef";

const MISPLACED: readonly (readonly [CallName, unknown])[] = [
  ["provider.add", { ...draft, name: `${SECRET}\n` }],
  ["provider.add", { ...draft, server: [SECRET] }],
  ["provider.add", { ...draft, [SECRET]: 1 }],
  ["provider.add", SECRET],
  ["provider.show", { provider: SECRET.repeat(4) }],
  ["mitigation.list", { all: SECRET }],
  ["mitigation.request", { targets: [`${SECRET}\u0000`] }],
  ["activity.list", { before: SECRET }],
];

for (const [call, input] of MISPLACED) {
  test(`a key that was put into the wrong place of ${call} is not repeated: ${typeof input}`, () => {
    const faults = faultsOf(call, input);
    assert.notEqual(faults, "");
    assert.doesNotMatch(faults, /0123456789/);
  });
}

test("many faults are told as a few", () => {
  const faults = faultsOf("mitigation.request", { targets: Array.from({ length: 40 }, () => 5) });
  assert.match(faults, /^targets\[0\]: is not a text; .*; and more$/);
  assert.ok(faults.length < 400);
});

test("what a schema does not know of an output is left out", () => {
  const given = { url: "u", expiresAt: "now", token: SECRET };
  const checked = check(contract.calls.console.link.output, given);
  assert.deepEqual(checked, { ok: true, value: { url: "u", expiresAt: "now" } });
});
