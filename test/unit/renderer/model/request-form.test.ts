import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allTargets,
  EMPTY_REQUEST,
  formFault,
  lengthFault,
  LIFETIMES,
  requestDraft,
  requestKeyFor,
  typedTargets,
  withNamed,
  withoutGone,
  type RequestForm,
  type TargetCheck,
} from "../../../../renderer/model/request-form.ts";
import { aPreview, aTarget } from "../../../support/control-samples.ts";

const form = (more: Partial<RequestForm>): RequestForm => ({ ...EMPTY_REQUEST, ...more });
const checks = (entries: Record<string, TargetCheck> = {}) => new Map(Object.entries(entries));

const typed: readonly (readonly [text: string, targets: readonly string[]])[] = [
  ["", []],
  [" \n,, \n", []],
  ["203.0.113.7", ["203.0.113.7"]],
  [
    "203.0.113.7, [2001:db8::7]:443\r\nwww.example.com",
    ["203.0.113.7", "[2001:db8::7]:443", "www.example.com"],
  ],
  ["a\na\n a ", ["a"]],
];

for (const [text, targets] of typed) {
  test(`typed: ${JSON.stringify(text)}`, () => assert.deepEqual(typedTargets(text), targets));
}

const faults: readonly (readonly [
  name: string,
  form: RequestForm,
  checks: ReadonlyMap<string, TargetCheck>,
  fault: RegExp | undefined,
])[] = [
  ["nothing chosen", form({}), checks(), /^Choose a target/],
  ["a named one", form({ named: ["Shop"] }), checks(), undefined],
  ["a typed one that is being checked", form({ typed: "x" }), checks(), undefined],
  [
    "a typed one that is wrong",
    form({ named: ["Shop"], typed: "x" }),
    checks({ x: { tag: "bad", words: "no" } }),
    /^Correct or remove/,
  ],
  [
    "a wrong one that is gone again",
    form({ typed: "y" }),
    checks({ x: { tag: "bad", words: "no" } }),
    undefined,
  ],
  [
    "one that nobody could check",
    form({ typed: "x" }),
    checks({ x: { tag: "unchecked", words: "" } }),
    undefined,
  ],
  [
    "51 of them",
    form({ typed: Array.from({ length: 51 }, (_, index) => `t${index}`).join("\n") }),
    checks(),
    /^At most 50/,
  ],
];

for (const [name, given, known, fault] of faults) {
  test(`can go on with ${name}: ${fault === undefined}`, () => {
    const found = formFault(given, known);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? "", fault);
  });
}

test("an endless line is not sent anywhere", () => {
  assert.equal(lengthFault("x".repeat(300)), undefined);
  assert.match(lengthFault("x".repeat(301)) ?? "", /300/);
});

test("all that is asked for: names first, each once", () => {
  assert.deepEqual(allTargets(form({ named: ["Shop", "Mail"], typed: "x, Shop" })), [
    "Shop",
    "Mail",
    "x",
  ]);
});

test("a target that was removed elsewhere is no longer chosen", () => {
  const chosen = form({ named: ["Shop", "Gone"] });
  assert.deepEqual(withoutGone(chosen, [aTarget()]).named, ["Shop"]);
  const fine = form({ named: ["Shop"] });
  assert.equal(withoutGone(fine, [aTarget()]), fine);
});

test("a typed address that got a name is chosen by it", () => {
  const { named, typed: rest } = withNamed(form({ typed: "a, b" }), "a", "Printer");
  assert.deepEqual({ named, rest }, { named: ["Printer"], rest: "b" });
});

test("the provider that was shown is the one that is asked", () => {
  const draft = requestDraft(form({ named: ["Shop"], lifetimeS: 900 }), aPreview(), "key-0001");
  assert.deepEqual(draft, {
    targets: ["Shop"],
    provider: "p1",
    lifetimeS: 900,
    requestKey: "key-0001",
  });
});

test("a key lasts until the form changes", () => {
  let made = 0;
  const make = () => `key-${(made += 1)}`;
  const one = form({ named: ["Shop"] });
  const first = requestKeyFor(one, aPreview(), undefined, make);
  assert.equal(requestKeyFor(one, aPreview(), first, make).key, first.key);
  const warned = aPreview({ warnings: ["It was asked for already."] });
  assert.equal(requestKeyFor(one, warned, first, make).key, first.key);
  assert.notEqual(requestKeyFor({ ...one }, aPreview(), first, make).key, first.key);
  const other = aPreview({ scope: { "target-prefix": ["203.0.113.9/32"] } });
  assert.notEqual(requestKeyFor(one, other, first, make).key, first.key);
});

test("lifetimes are offered from the shortest to the longest", () => {
  assert.deepEqual(LIFETIMES, [900, 3600, 14_400, 86_400]);
});
