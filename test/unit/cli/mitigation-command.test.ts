import assert from "node:assert/strict";
import { test } from "node:test";
import { mitigationCommand } from "../../../agent/cli/mitigation-command.ts";
import { contract } from "../../../agent/control/contract.ts";
import { aMitigation, aStatus } from "../../support/control-samples.ts";
import { controlLab } from "./control-lab.ts";

const filtering = aMitigation({ phase: "filtering", awaiting: null });
const ended = aMitigation({
  id: "m0",
  phase: "ended",
  outcome: "withdrawn",
  awaiting: null,
  endedAt: "2030-01-01T11:59:00.000Z",
});
const state = { status: aStatus({ mitigations: [filtering], ended: [ended] }) };
const { mitigation: calls } = contract.calls;

test("mitigation list", async (t) => {
  const lab = await controlLab(t, { state });
  const live = "m1  Northline is filtering traffic to Shop.\n";
  assert.equal((await lab.run(mitigationCommand, "mitigation", "list")).out, live);
  const all = await lab.run(mitigationCommand, "mitigation", "list", "--all");
  assert.equal(all.out, `${live}m0  The request for Shop was withdrawn at 11:59.\n`);
  const json = await lab.run(mitigationCommand, "mitigation", "list", "--all", "--json");
  assert.deepEqual(calls.list.output.parse(JSON.parse(json.out)), [filtering, ended]);
});

test("mitigation list when there is none", async (t) => {
  const lab = await controlLab(t);
  assert.equal((await lab.run(mitigationCommand, "mitigation", "list")).out, "There is none.\n");
  const json = await lab.run(mitigationCommand, "mitigation", "list", "--json");
  assert.equal(json.out, "[]\n");
});

test("mitigation show", async (t) => {
  const lab = await controlLab(t, { state });
  const { out } = await lab.run(mitigationCommand, "mitigation", "show", "m1");
  assert.match(out, /^Northline is filtering traffic to Shop\.\n {2}id {13}m1\n/);
  const json = await lab.run(mitigationCommand, "mitigation", "show", "m0", "--json");
  assert.deepEqual(calls.show.output.parse(JSON.parse(json.out)), ended);
});

test("a mitigation that is not there: exit 2", async (t) => {
  const lab = await controlLab(t, { state });
  for (const verb of ["show", "withdraw"]) {
    const { exit, err } = await lab.run(mitigationCommand, "mitigation", verb, "m9");
    assert.equal(exit, 2);
    assert.match(err, /mayday mitigation list --all/);
  }
});

test("withdraw ends at once, and says that it goes on", async (t) => {
  const lab = await controlLab(t, { state });
  const { exit, out } = await lab.run(mitigationCommand, "mitigation", "withdraw", "m1");
  assert.equal(exit, 0);
  assert.equal(
    out,
    "Telling Northline to stop filtering traffic to Shop.\n  The agent goes on until it has answered.\n",
  );
});

test("what has ended stays as it is", async (t) => {
  const lab = await controlLab(t, { state });
  const { exit, out } = await lab.run(mitigationCommand, "mitigation", "withdraw", "m0", "--wait");
  assert.deepEqual([exit, out], [0, "The request for Shop was withdrawn at 11:59.\n"]);
});

test("withdraw --wait ends once the provider has stopped", async (t) => {
  const lab = await controlLab(t, { state });
  const withdrawing = lab.kept((phase) => phase === "withdrawing");
  const running = lab.run(mitigationCommand, "mitigation", "withdraw", "m1", "--wait", "--json");
  const id = await withdrawing;
  lab.double.setMitigation(id, { phase: "ended", outcome: "withdrawn" });
  const { exit, out } = await running;
  assert.equal(exit, 0);
  assert.equal(calls.withdraw.output.parse(JSON.parse(out)).phase, "ended");
});

test("withdraw --wait: a provider that does not answer ends it in exit 4", async (t) => {
  const lab = await controlLab(t, { state });
  const flags = ["--wait", "--timeout", "3"];
  const running = lab.run(mitigationCommand, "mitigation", "withdraw", "m1", ...flags);
  await lab.called("mitigation.withdraw");
  await lab.ranOut(3000);
  const { exit, err } = await running;
  assert.equal(exit, 4);
  assert.equal(
    err,
    "mayday: Northline has not answered yet\n  The agent goes on telling it: mayday mitigation show m1\n",
  );
});
