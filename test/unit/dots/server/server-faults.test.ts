import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoapResponse } from "../../../../agent/coap/types.ts";
import { scopes } from "../../../../agent/dots/server/answers.ts";
import { BlockServer } from "../../../../agent/dots/server/blocks.ts";
import { CuidRegistry } from "../../../../agent/dots/server/cuid-registry.ts";
import { MitigationTable } from "../../../../agent/dots/server/mitigation-table.ts";
import { MitigationObservation } from "../../../../agent/dots/server/observation.ts";
import { DEFAULT_POLICY } from "../../../../agent/dots/server/policy.ts";
import { parseQuery } from "../../../../agent/dots/server/query.ts";
import { MemoryMitigationStore } from "../../../../agent/store/memory-mitigation-store.ts";
import { StoreError } from "../../../../agent/store/mitigation-store.ts";
import type { StoredMitigation } from "../../../../agent/store/mitigation-store.ts";
import { WireError } from "../../../../agent/wire/bytes.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import {
  BRANCH,
  CUID,
  makeWorld,
  MITIGATE,
  mitigation,
  PlayedMitigator,
  QUIET,
} from "./harness.ts";

/** What a full disk, a damaged file and too long an answer may and may not do. */

const SCOPE = { "target-prefix": ["203.0.113.0/24"], lifetime: 3600 } as const;
const PRECONFIGURED = { ...SCOPE, "trigger-mitigation": false };
const ALL = [...MITIGATE, CUID];
const SILENCE_MS = 541_000;

/** A store whose disk can be full; notes what is applied together. */
class FickleStore extends MemoryMitigationStore {
  full = false;
  readonly applied: string[] = [];

  override apply(...[saves, removes]: Parameters<MemoryMitigationStore["apply"]>): void {
    if (this.full) throw new StoreError("store/write", "the disk is full");
    super.apply(saves, removes);
    const mids = (list: readonly { readonly mid: number }[]): string =>
      list.map(({ mid }) => mid).join(" ");
    this.applied.push(`+${mids(saves)} -${mids(removes)}`);
  }

  get held(): [number, string][] {
    return this.load().map(({ mid, state }) => [mid, state]);
  }
}

function stored(mid: number, change: Partial<StoredMitigation> = {}): StoredMitigation {
  const lists = { ports: [], protocols: [], fqdns: [], uris: [], aliases: [] };
  return {
    client: "branch",
    cuid: "dz6pHjaADkaFTbjr0JGBpw",
    mid,
    target: { ...lists, prefixes: ["203.0.113.0/24"] },
    trigger: true,
    state: "active",
    status: 1,
    expiresAtMs: null,
    terminatingMs: 120_000,
    ...change,
  };
}

test("a full disk at session loss vetoes no protection, and is made good later [RFC 9132 §4.4.1.3]", async () => {
  const store = new FickleStore();
  const { connect, clock, mitigator } = makeWorld({ store });
  const peer = connect();
  await peer.reply({ path: mitigation(1), scope: PRECONFIGURED });
  await peer.reply({ path: mitigation(2), scope: SCOPE });
  peer.answersHeartbeats = false;
  store.full = true;
  await clock.advance(SILENCE_MS);
  assert.deepEqual(mitigator.calls, ["start 2", "start 1", "stop 2"]);
  assert.deepEqual(store.held, [
    [1, "armed"],
    [2, "active"],
  ]);
  store.full = false;
  await clock.advance(1_000);
  assert.deepEqual(store.held, [[1, "active"]]);
});

test("what the mitigator reports while the disk is full is kept at the end at the latest", async () => {
  const store = new FickleStore();
  const { connect, mitigator, server } = makeWorld({ store });
  const peer = connect();
  await peer.reply({ scope: SCOPE });
  store.full = true;
  mitigator.report(1, { status: 2 });
  assert.equal(
    (await peer.reply({ method: "GET" })).scope[0]?.status,
    "attack-successfully-mitigated",
  );
  store.full = false;
  await server.close();
  assert.equal(store.load()[0]?.status, 2);
});

test("a lifetime ends although the disk is full; the store forgets it later", async () => {
  const store = new FickleStore();
  const { connect, clock, mitigator } = makeWorld({ store });
  await connect().reply({ scope: { ...SCOPE, lifetime: 60 } });
  store.full = true;
  await clock.advance(61_000);
  assert.deepEqual(mitigator.calls, ["start 1", "stop 1"]);
  store.full = false;
  await clock.advance(1_000);
  assert.deepEqual(store.held, []);
});

test("a lifetime that ended while the disk was full is forgotten at the end at the latest", async () => {
  const store = new FickleStore();
  const { connect, clock, mitigator, server } = makeWorld({ store });
  await connect().reply({ scope: { ...SCOPE, lifetime: 60 } });
  store.full = true;
  await clock.advance(60_100);
  assert.deepEqual(mitigator.calls, ["start 1", "stop 1"]);
  store.full = false;
  assert.deepEqual(store.held, [[1, "active"]]); // it is not tried again yet
  await server.close();
  assert.deepEqual(store.held, []);
});

test("a request and the end of what it overrides are kept together [RFC 9132 §4.4.1.3]", async () => {
  const store = new FickleStore();
  const { connect, mitigator } = makeWorld({ store });
  const peer = connect();
  await peer.reply({ path: mitigation(1), scope: SCOPE });
  await peer.reply({ path: mitigation(2), scope: PRECONFIGURED });
  await peer.reply({ path: mitigation(5), scope: SCOPE });
  assert.deepEqual(store.applied, ["+1 -", "+2 -", "+5 -1"]);
  store.full = true;
  assert.equal((await peer.reply({ path: mitigation(6), scope: SCOPE })).code, "5.03");
  const mids = (await peer.reply({ method: "GET", path: ALL })).scope.map(({ mid }) => mid);
  assert.deepEqual(mids, [2, 5]);
  assert.deepEqual(mitigator.calls, ["start 1", "start 5", "stop 1"]);
});

test("after a restart a lower mid that a higher one overlaps is dropped [RFC 9132 §4.4.1.3]", () => {
  const store = new FickleStore();
  const armed = { trigger: false, state: "armed", status: undefined } as const;
  store.apply([stored(1), stored(5), stored(2, armed), stored(9, { cuid: "other" })], []);
  const { mitigator } = makeWorld({ store });
  assert.deepEqual(store.held, [
    [2, "armed"],
    [5, "active"],
    [9, "active"],
  ]);
  assert.deepEqual(mitigator.calls, ["start 5", "start 9"]);
});

test("a kept record that makes no sense is damage that names it, and nothing is started", () => {
  const store = new MemoryMitigationStore();
  const nonsense = { ...stored(7).target, prefixes: ["nonsense"] };
  store.apply([stored(3, { cuid: "a" }), stored(7, { target: nonsense })], []);
  assert.throws(
    () => makeWorld({ store }),
    (error) =>
      error instanceof StoreError &&
      error.code === "store/damaged" &&
      /mitigation 7 of "branch"/.test(error.message),
  );
});

function many(mid: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `2001:db8:1:${mid}:ffff:ffff:ffff:${i + 0x1000}/128`,
  );
}

test("mitigations longer than a list may be are refused, not listed to the server's harm [RFC 9132 §4.4.2]", async () => {
  const { connect, clock, server } = makeWorld();
  const peer = connect();
  const { seen } = await (async () => {
    await peer.reply({ scope: { "target-prefix": many(1, 24), lifetime: 3600 } });
    return peer.observe({ path: ALL });
  })();
  const codes = new Set<string>();
  for (let mid = 2; mid <= 90; mid += 1) {
    const scope = { "target-prefix": many(mid, 24), lifetime: 3600 };
    codes.add((await peer.reply({ path: mitigation(mid), scope })).code);
  }
  assert.deepEqual([...codes], ["2.01", "5.03"]);
  await clock.advance(10_000);
  assert.equal((await peer.reply({ method: "GET", path: ALL })).code, "2.05");
  assert.equal(seen.at(-1)?.code, "2.05");
  await server.close();
});

test("an answer that cannot be written is a fault of the server, not of the request: 5.00 [RFC 9132 §9]", async () => {
  const store = new MemoryMitigationStore();
  for (let mid = 1; mid <= 90; mid += 1) {
    store.apply([stored(mid, { target: { ...stored(1).target, prefixes: many(mid, 24) } })], []);
  }
  const peer = makeWorld({ store }).connect();
  const reply = await peer.reply({ method: "GET", path: ALL });
  assert.equal(reply.code, "5.00");
  const scope = [{ "target-fqdn": ["a".repeat(70_000)] }];
  assert.throws(
    () => scopes(Code.Content, scope),
    (error) => error instanceof Error && !(error instanceof WireError),
  );
});

/** Fails as an answer that cannot be written does. */
class BrokenBlocks extends BlockServer {
  override fit(): never {
    throw new Error("an answer cannot be written");
  }
}

test("a notification that cannot be made ends its observation with a 5.00 and throws nowhere", async () => {
  const clock = new VirtualClock();
  const parts = { clock, policy: DEFAULT_POLICY, log: QUIET };
  const store = new MemoryMitigationStore();
  store.apply([stored(1)], []);
  const table = new MitigationTable({ ...parts, store, mitigator: new PlayedMitigator() });
  table.load({ of: () => BRANCH, byName: () => BRANCH });
  const query = parseQuery([]);
  assert.ok(typeof query !== "string");
  const cuid = "dz6pHjaADkaFTbjr0JGBpw";
  const view = { client: "branch", cuid, mid: undefined, resource: "r", query };
  const blocks = new BrokenBlocks(1152, clock);
  const context = { ...parts, client: BRANCH, table, cuids: new CuidRegistry(table), blocks };
  const heard: CoapResponse[] = [];
  const observation = new MitigationObservation(context, view, (news) => heard.push(news));
  const [record] = table.all();
  assert.ok(record);
  table.step(record, { tag: "report", status: 2 });
  await clock.advance(10);
  assert.deepEqual(
    heard.map(({ code }) => code),
    [Code.InternalServerError],
  );
  observation.stop();
  table.close();
});
