import assert from "node:assert/strict";
import { test } from "node:test";
import { targetCommand } from "../../../agent/cli/target-command.ts";
import { contract } from "../../../agent/control/contract.ts";
import { aTarget } from "../../support/control-samples.ts";
import { controlLab } from "./control-lab.ts";

const targets = [
  aTarget(),
  aTarget({
    id: "t2",
    name: "All\r",
    target: "198.51.100.0/28",
    scope: { "target-prefix": ["198.51.100.0/28"] },
  }),
];
const { target: calls } = contract.calls;

test("target add", async (t) => {
  const lab = await controlLab(t);
  const { exit, out } = await lab.run(targetCommand, "target", "add", "Shop", "203.0.113.7:443");
  assert.deepEqual([exit, out], [0, "Shop stands for 203.0.113.7; port 443.\n"]);
  const input = { name: "Shop", target: "203.0.113.7:443" };
  assert.deepEqual(lab.double.asked, [{ name: "target.add", input }]);
  const again = await lab.run(targetCommand, "target", "add", "shop", "203.0.113.8", "--json");
  assert.equal(again.exit, 2);
  assert.match(again.out, /"code":"name-taken".*"hint":"Choose another name\."/);
});

test("target list", async (t) => {
  const lab = await controlLab(t, { state: { targets } });
  const { out } = await lab.run(targetCommand, "target", "list");
  assert.equal(
    out,
    `Shop  203.0.113.7:443  203.0.113.7; port 443
All�  198.51.100.0/28
`,
  );
  const json = await lab.run(targetCommand, "target", "list", "--json");
  assert.deepEqual(calls.list.output.parse(JSON.parse(json.out)), targets);
});

test("target list without any says what to do", async (t) => {
  const lab = await controlLab(t);
  assert.match((await lab.run(targetCommand, "target", "list")).out, /target add --help/);
});

test("target remove", async (t) => {
  const lab = await controlLab(t, { state: { targets } });
  const { exit, out } = await lab.run(targetCommand, "target", "remove", "Shop");
  assert.deepEqual([exit, out], [0, "Shop is forgotten.\n"]);
  const again = await lab.run(targetCommand, "target", "remove", "Shop");
  assert.equal(again.exit, 2);
  assert.match(again.err, /mayday target list/);
});

for (const [args, says] of [
  [["add", "Shop"], /missing required argument 'target'/],
  [["add", " ", "203.0.113.7"], /is empty/],
  [["add", "n".repeat(81), "203.0.113.7"], /longer than 80/],
  [["remove"], /missing required argument/],
] as const) {
  test(`target ${args.join(" ").slice(0, 40)}: exit 2`, async (t) => {
    const lab = await controlLab(t);
    const { exit, err } = await lab.run(targetCommand, "target", ...args);
    assert.equal(exit, 2);
    assert.match(err, says);
    assert.deepEqual(lab.double.asked, []);
  });
}
