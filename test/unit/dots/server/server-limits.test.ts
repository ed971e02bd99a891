import assert from "node:assert/strict";
import { test } from "node:test";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";
import { CUID, makeWorld, MITIGATE, mitigation } from "./harness.ts";
import type { Peer, World } from "./harness.ts";

/** What happens where all mitigations of a cuid fill one list. [RFC 9132 §4.4.2] */

const ALL = [...MITIGATE, CUID];

/** Mitigations that fill the list, and the prefixes that each has for it. */
const MIDS = [1, 2, 3, 4];
const PREFIXES = 420;

/** Larger than any list: what is told comes in one piece. */
const MAX_MESSAGE = 70_000;

/** As many long prefixes for each of `groups`; those of different groups do not overlap. */
function scopeFor(groups: readonly number[], count = PREFIXES): MitigationScope {
  const prefixes = groups.flatMap((group) =>
    Array.from(
      { length: count },
      (_, i) => `2001:db8:1:${group}:ffff:ffff:ffff:${(i + 0x1000).toString(16)}/128`,
    ),
  );
  return { "target-prefix": prefixes, lifetime: 3600 };
}

/** A client whose list has no room for another mitigation, not for a quarter of one either. */
async function withFullList(): Promise<World & { readonly peer: Peer }> {
  const world = makeWorld({ policy: { maxEntries: MIDS.length * PREFIXES } });
  const peer = world.connect("branch", MAX_MESSAGE);
  for (const mid of MIDS) {
    const reply = await peer.reply({ path: mitigation(mid), scope: scopeFor([mid]) });
    assert.equal(reply.code, "2.01");
  }
  const more = { path: mitigation(5), scope: scopeFor([5], PREFIXES / 4) };
  assert.equal((await peer.reply(more)).code, "5.03");
  return { ...world, peer };
}

test("a full list has room for a request that takes the place of another [RFC 9132 §4.4.1.3]", async () => {
  const { peer, server } = await withFullList();
  const replacing = { path: mitigation(10), scope: scopeFor([1]) };
  assert.equal((await peer.reply(replacing)).code, "2.01");
  const { scope } = await peer.reply({ method: "GET", path: ALL });
  assert.deepEqual(
    scope.map(({ mid }) => mid),
    [2, 3, 4, 10],
  );
  await server.close();
});

test("what is gone is told only where there is room beside a full list [RFC 9132 §4.4.2.1]", async () => {
  const { peer, server, clock, mitigator } = await withFullList();
  const { first, seen } = await peer.observe({ path: ALL });
  assert.equal(first.scope.length, MIDS.length);
  const replacing = { path: mitigation(10), scope: scopeFor(MIDS) };
  assert.equal((await peer.reply(replacing)).code, "2.01");
  await clock.advance(20_000);
  mitigator.report(10, { status: 2 });
  await clock.advance(20);
  const told = seen.map(({ code, scope }) => `${code} ${scope.map(({ mid }) => mid).join(" ")}`);
  assert.deepEqual([...new Set(told)], ["2.05 10"]);
  assert.equal(seen.at(-1)?.scope[0]?.status, "attack-successfully-mitigated");
  await server.close();
});
