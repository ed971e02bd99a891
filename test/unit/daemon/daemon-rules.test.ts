import assert from "node:assert/strict";
import { test } from "node:test";
import { daemonLab, DRAFT, KEY_OF_OFFICE, MINUTE, SECOND } from "./daemon-lab.ts";

/** What is refused, by whom, and in which words. */

test("the provider's no is shown with its words, and final", async () => {
  const lab = await daemonLab(1);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["192.0.2.99"]);
  const refused = await agent.reach(id, "refused");
  assert.equal(refused.outcome, "refused");
  assert.equal(refused.refusal?.code, "4.00");
  assert.match(refused.refusal?.words ?? "", /192\.0\.2\.99/);
  await lab.run(5 * MINUTE);
  assert.deepEqual(agent.story(id), ["requested", "sent", "refused"]);
  const again = await agent.call("mitigation.withdraw", { id });
  assert.equal(again.phase, "refused", "what is over stays as it is");
  await agent.close();
});

test("another customer's protection is in the way: asked again when the provider says so", async () => {
  const lab = await daemonLab(2);
  const office = lab.agent();
  await office.call("provider.add", { ...DRAFT, pskIdentity: "office", key: KEY_OF_OFFICE });
  const rival = await office.request(["203.0.113.7"], { lifetimeS: 120 });
  await office.reach(rival.id, "filtering");
  office.kill(); // it renews nothing any more
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.0/28"]);
  await lab.run(5 * SECOND);
  const waiting = await agent.show(id);
  assert.equal(waiting.phase, "asking");
  assert.equal(waiting.awaiting?.what, "retry");
  assert.equal(waiting.refusal?.code, "4.09");
  assert.equal(waiting.refusal?.conflictCause, "overlapping-targets");
  assert.ok((waiting.refusal?.retryAfterS ?? 0) > 60);
  const accepted = await agent.reach(id, "filtering", 5 * MINUTE);
  assert.equal(accepted.refusal, null);
  await agent.close();
});

test("a newer request of ours takes the place of one that overlaps", async () => {
  const lab = await daemonLab(3);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const older = await agent.request(["203.0.113.7"]);
  await agent.reach(older.id, "filtering");
  const newer = await agent.request(["203.0.113.0/28"]);
  await agent.reach(newer.id, "filtering");
  assert.equal((await agent.reach(older.id, "ended")).outcome, "terminated");
  await lab.run(5 * MINUTE);
  assert.deepEqual(lab.provider.mitigator.mids, [2]);
  await agent.close();
});

test("the same twice is one request", async () => {
  const lab = await daemonLab(4);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const key = { requestKey: "made-by-the-caller" };
  const [one, two, three] = await Promise.all([
    agent.daemon.handlers["mitigation.request"](
      { targets: ["203.0.113.7"], lifetimeS: 3600, ...key },
      agent.context,
    ),
    agent.daemon.handlers["mitigation.request"](
      { targets: ["203.0.113.7"], lifetimeS: 3600, ...key },
      agent.context,
    ),
    agent.daemon.handlers["mitigation.request"](
      { targets: ["203.0.113.7/32"], lifetimeS: 3600 },
      agent.context,
    ),
  ]);
  assert.deepEqual([two.id, three.id], [one.id, one.id]);
  await agent.reach(one.id, "filtering");
  await agent.call("mitigation.withdraw", { id: one.id });
  await agent.reach(one.id, "ended");
  const asked = await agent.request(["203.0.113.7"], key);
  assert.equal(asked.id, one.id, "a key is for ever");
  const other = { targets: ["203.0.113.8"], lifetimeS: 3600, ...key };
  assert.equal((await agent.refusal("mitigation.request", other)).reason, "already-asked");
  const longer = { targets: ["203.0.113.7"], lifetimeS: 7200, ...key };
  assert.equal((await agent.refusal("mitigation.request", longer)).reason, "already-asked");
  await agent.close();
});

test("whom to ask", async () => {
  const lab = await daemonLab(5);
  await lab.another("second");
  const agent = lab.agent();
  const ask = { targets: ["203.0.113.7"], lifetimeS: 3600 };
  assert.equal((await agent.refusal("mitigation.request", ask)).reason, "no-provider");
  await agent.call("provider.add", DRAFT);
  assert.equal((await agent.call("scope.preview", ask)).provider.name, DRAFT.name);
  await agent.call("provider.add", { ...DRAFT, name: "Second", server: "second.example.net" });
  const which = await agent.refusal("mitigation.request", ask);
  assert.equal(which.reason, "which-provider");
  assert.match(which.hint ?? "", /"My provider", "Second"/);
  const unknown = await agent.refusal("mitigation.request", { ...ask, provider: "Third" });
  assert.equal(unknown.reason, "no-such-provider");
  const asked = await agent.request(ask.targets, { provider: "second" });
  assert.equal(asked.provider, "Second");
  await agent.reach(asked.id, "accepted");
  assert.deepEqual(lab.provider.mitigator.calls, []);
  await agent.close();
});

const BAD_DRAFTS = [
  [{ name: "MY PROVIDER", server: "192.0.2.1" }, "name-taken"],
  [{ name: "Same", server: "coaps://DOTS.example.net:4646/" }, "provider-known"],
  [{ name: "Web", server: "https://dots.example.net" }, "bad-server"],
  [{ name: "Tcp", server: "coaps+tcp://dots.example.net" }, "bad-server"],
  [{ name: "Port", server: "dots.example.net:70000" }, "bad-server"],
  [{ name: "Nowhere", server: "dots.example.net:0" }, "bad-server"],
  [{ name: "Hex", server: "192.0.2.1", key: "hex:secret" }, "bad-key"],
] as const;

test("providers that cannot be added", async () => {
  const lab = await daemonLab(6);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  for (const [change, reason] of BAD_DRAFTS) {
    const refusal = await agent.refusal("provider.add", { ...DRAFT, ...change });
    assert.equal(refusal.reason, reason, change.name);
    assert.ok(!JSON.stringify([refusal.message, refusal.hint]).includes("secret"));
  }
  assert.equal((await agent.call("provider.list", {})).length, 1);
  await agent.close();
});

test("a provider is removed once nothing lives there", async () => {
  const lab = await daemonLab(7);
  const agent = lab.agent();
  const { id: providerId } = await agent.call("provider.add", DRAFT);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  const inUse = await agent.refusal("provider.remove", { provider: providerId });
  assert.equal(inUse.reason, "provider-in-use");
  lab.link.cut();
  await agent.call("mitigation.withdraw", { id });
  const { left } = await agent.call("provider.remove", { provider: DRAFT.name });
  assert.deepEqual(left?.targets, ["203.0.113.7"]);
  const leftMs = Date.parse(left?.until ?? "") - lab.network.clock.wallTime();
  assert.ok(leftMs > 60 * MINUTE && leftMs < 65 * MINUTE, "its lifetime, and a little");
  const removed = agent.logged.find(({ kind }) => kind === "provider-removed");
  assert.match(removed?.text ?? "", /may go on filtering for 203\.0\.113\.7 .*not told to stop/);
  assert.equal(removed?.details["leftUntil"], left?.until);
  const ended = await agent.show(id);
  assert.deepEqual([ended.phase, ended.outcome], ["ended", "provider-removed"]);
  assert.equal(ended.provider, DRAFT.name);
  assert.deepEqual(agent.status.sessions, []);
  await lab.run(MINUTE);
  await agent.close();
});

test("a provider that is added while it still says goodbye works", async () => {
  const lab = await daemonLab(15);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await lab.run(10 * SECOND);
  const removing = agent.daemon.handlers["provider.remove"](
    { provider: DRAFT.name },
    agent.context,
  );
  await agent.call("provider.add", DRAFT);
  await lab.network.settle(Promise.resolve(removing), MINUTE);
  const { id } = await agent.request(["203.0.113.7"]);
  await agent.reach(id, "filtering");
  await agent.close();
});

test("targets have names, and names are data", async () => {
  const lab = await daemonLab(8);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const name = `<img src=x onerror="alert(1)">`;
  const added = await agent.call("target.add", { name, target: " 203.0.113.7:443 " });
  assert.equal(added.target, "203.0.113.7:443");
  const taken = { name: name.toUpperCase(), target: "203.0.113.8" };
  assert.equal((await agent.refusal("target.add", taken)).reason, "name-taken");
  const inside = await agent.refusal("target.add", { name: "In", target: "192.168.1.10" });
  assert.equal(inside.reason, "bad-target");
  assert.match(inside.message, /"192\.168\.1\.10" is an address inside your network/);
  const preview = await agent.call("scope.preview", { targets: [name, "203.0.113.8"] });
  assert.deepEqual(
    preview.items.map((item) => item.name),
    [name, null],
  );
  assert.match(preview.warnings.join(), /on all ports/);
  const asked = await agent.request([name]);
  assert.deepEqual(asked.targets, [name]);
  assert.ok(agent.logged.some(({ text }) => text.includes(name)));
  await agent.call("target.remove", { target: name });
  assert.equal((await agent.refusal("target.remove", { target: name })).reason, "no-such-target");
  assert.equal((await agent.show(asked.id)).targets[0], name);
  await agent.close();
});

for (const name of ["203.0.113.90", "203.0.113.0/28", "shop.example.com", "https://a.example/"]) {
  test(`a target cannot be named ${name}, unless it is that`, async () => {
    const lab = await daemonLab(12, { serving: false });
    const agent = lab.agent();
    const refusal = await agent.refusal("target.add", { name, target: "203.0.113.91" });
    assert.equal(refusal.reason, "name-taken");
    assert.match(refusal.message, /is a target itself/);
    assert.deepEqual(await agent.call("target.list", {}), []);
    assert.equal((await agent.call("target.add", { name, target: name })).name, name);
    const plain = { name: "shop", target: "203.0.113.91" };
    assert.equal((await agent.call("target.add", plain)).name, "shop");
    await agent.close();
  });
}

test("a target that is named several times is one", async () => {
  const lab = await daemonLab(13);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  await agent.call("target.add", { name: "shop", target: "203.0.113.7" });
  const targets = ["shop", "203.0.113.7/32", "203.0.113.8", "shop"];
  const preview = await agent.call("scope.preview", { targets });
  assert.deepEqual(
    preview.items.map(({ given }) => given),
    ["shop", "203.0.113.8"],
  );
  const key = { requestKey: "made-by-the-caller" };
  const asked = await agent.request(targets, key);
  assert.deepEqual(asked.targets, ["shop", "203.0.113.8"]);
  assert.equal((await agent.request(targets, key)).id, asked.id, "the same with the same key");
  const other = { targets: ["shop", "shop"], lifetimeS: 3600, ...key };
  assert.equal((await agent.refusal("mitigation.request", other)).reason, "already-asked");
  await agent.close();
});

test("whoever asks for what overlaps is told what that replaces", async () => {
  const lab = await daemonLab(14);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const wide = await agent.request(["203.0.113.0/28", "www.example.com"]);
  await agent.reach(wide.id, "filtering");
  const warningsFor = async (target: string): Promise<readonly string[]> =>
    (await agent.call("scope.preview", { targets: [target] })).warnings;
  const replaces =
    "This replaces your request 1 for 203.0.113.0/28 and www.example.com, which also covers the rest of 203.0.113.0/28, www.example.com and other ports.";
  assert.deepEqual(await warningsFor("203.0.113.7:443"), [replaces]);
  assert.deepEqual(await warningsFor("203.0.113.99"), []);
  const same = ["www.example.com", "203.0.113.0/28"];
  assert.deepEqual((await agent.call("scope.preview", { targets: same })).warnings, []);
  const narrow = await agent.request(["203.0.113.7:443"]);
  const told = agent.logged.find(({ mitigation }) => mitigation === narrow.id);
  assert.equal(told?.text, `You asked My provider to protect 203.0.113.7:443. ${replaces}`);
  await agent.reach(wide.id, "ended");
  await agent.call("mitigation.withdraw", { id: narrow.id });
  assert.deepEqual(await warningsFor("203.0.113.0/29"), [], "withdrawn already");
  await agent.close();
});

test("targets that do not fit one request", async () => {
  const lab = await daemonLab(9);
  const agent = lab.agent();
  await agent.call("provider.add", DRAFT);
  const targets = Array.from(
    { length: 50 },
    (_, i) => `https://www.example.com/${"x".repeat(40)}${i}`,
  );
  const refusal = await agent.refusal("mitigation.request", { targets, lifetimeS: 3600 });
  assert.equal(refusal.reason, "bad-target");
  assert.match(refusal.hint ?? "", /several requests/);
  await agent.close();
});

for (const id of ["0", "99", "x", "1e3", "-1", "9".repeat(40)]) {
  test(`there is no mitigation ${id}`, async () => {
    const lab = await daemonLab(10, { serving: false });
    const agent = lab.agent();
    for (const call of ["mitigation.show", "mitigation.samples", "mitigation.withdraw"] as const) {
      assert.equal((await agent.refusal(call, { id })).reason, "no-such-mitigation");
    }
    await agent.close();
  });
}

test("there is no console, and no practice provider, where there is none", async () => {
  const lab = await daemonLab(11, { serving: false });
  const agent = lab.agent();
  assert.equal((await agent.refusal("console.link", {})).reason, "console-off");
  assert.equal((await agent.refusal("provider.addPractice", {})).reason, "practice-failed");
  await agent.close();
  assert.equal(
    (await agent.refusal("target.add", { name: "Late", target: "203.0.113.7" })).reason,
    "stopping",
  );
});
