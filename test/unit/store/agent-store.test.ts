/** What every adapter of the agent's store does. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { AgentChanges, AgentStore, StoredProvider } from "../../../agent/store/agent-store.ts";
import { MemoryAgentStore } from "../../../agent/store/memory-agent-store.ts";
import { StoreError } from "../../../agent/store/mitigation-store.ts";
import { SqliteAgentStore } from "../../../agent/store/sqlite/sqlite-agent-store.ts";
import {
  ACTIVITY,
  asking,
  CERTIFIED,
  entry,
  FILTERING,
  PRACTICE,
  PROVIDER,
  REFUSED,
  TARGET,
} from "./agent-samples.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-agent-store-"));
after(() => rmSync(folder, { recursive: true }));

/** A store, and what the next start of the agent finds in it. */
interface Lab {
  store: AgentStore;
  restart(): void;
}

function memoryLab(): Lab {
  let store = new MemoryAgentStore();
  return {
    get store() {
      return store;
    },
    restart() {
      store.close();
      store = store.reopened();
    },
  };
}

let files = 0;

function sqliteLab(): Lab {
  const path = join(folder, `${(files += 1)}.db`);
  let store = new SqliteAgentStore(path);
  return {
    get store() {
      return store;
    },
    restart() {
      store.close();
      store = new SqliteAgentStore(path);
    },
  };
}

const EMPTY = { providers: [], targets: [], requests: [], mids: [], lastRequestId: 0 };
const MID = { server: "dots.example.net:4646", cuid: "dz6pHjaADkaFTbjr0JGBpw", last: 6 };

function withCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof StoreError && error.code === code;
}

type Behaviour = readonly [title: string, act: (lab: Lab) => void];

const BEHAVIOURS: readonly Behaviour[] = [
  [
    "begins empty",
    ({ store }) => {
      assert.deepEqual(store.load(), EMPTY);
      assert.deepEqual(store.requests(10), []);
      assert.equal(store.request(1), undefined);
      assert.equal(store.requestByKey("none"), undefined);
      assert.deepEqual(store.activities(10), []);
      assert.deepEqual(store.apply({}), []);
    },
  ],
  [
    "gives back after a restart what it was given, in order",
    (lab) => {
      const added = lab.store.apply({
        providers: [PROVIDER, CERTIFIED, PRACTICE],
        targets: [TARGET, { ...TARGET, id: "t0" }],
        requests: [FILTERING, REFUSED, asking(5)],
        mids: [MID, { ...MID, server: "a:1", last: 4_294_967_295 }],
        activities: [ACTIVITY, entry(2)],
      });
      lab.restart();
      assert.deepEqual(lab.store.load(), {
        providers: [PROVIDER, CERTIFIED, PRACTICE],
        targets: [TARGET, { ...TARGET, id: "t0" }],
        requests: [asking(5), FILTERING],
        mids: [{ ...MID, server: "a:1", last: 4_294_967_295 }, MID],
        lastRequestId: 7,
      });
      assert.deepEqual(lab.store.requests(10), [FILTERING, asking(5), REFUSED]);
      assert.deepEqual(added, [
        { ...ACTIVITY, id: 1 },
        { ...entry(2), id: 2 },
      ]);
      assert.deepEqual(lab.store.activities(10), added.toReversed());
    },
  ],
  [
    "lets what is saved take the place of what has the same id",
    ({ store }) => {
      store.apply({
        providers: [PROVIDER, PRACTICE],
        targets: [TARGET],
        requests: [FILTERING],
        mids: [MID],
      });
      const key = Uint8Array.of(1, 2, 3);
      const provider = { ...PROVIDER, port: 1, credential: { ...PROVIDER.credential, key } };
      const ended = { ...FILTERING, phase: "ended", outcome: "expired" } as const;
      store.apply({
        providers: [provider],
        targets: [{ ...TARGET, name: "Mail" }],
        requests: [asking(7), ended],
        mids: [{ ...MID, last: 9 }],
      });
      assert.deepEqual(store.load(), {
        providers: [provider, PRACTICE],
        targets: [{ ...TARGET, name: "Mail" }],
        requests: [],
        mids: [{ ...MID, last: 9 }],
        lastRequestId: 7,
      });
      assert.deepEqual(store.request(7), ended);
    },
  ],
  [
    "removes first, then saves; removing what is not there does nothing",
    ({ store }) => {
      store.apply({ providers: [PROVIDER, PRACTICE], targets: [TARGET] });
      store.apply({ removeProviders: ["p1"], providers: [PROVIDER], removeTargets: ["t1"] });
      assert.deepEqual(store.load().providers, [PRACTICE, PROVIDER]);
      assert.deepEqual(store.load().targets, []);
      store.apply({ removeProviders: ["p1", "p1", "none"], removeTargets: ["none"] });
      assert.deepEqual(store.load().providers, [PRACTICE]);
    },
  ],
  [
    "keeps requests and mids of a provider that was removed",
    ({ store }) => {
      store.apply({ providers: [PROVIDER], requests: [FILTERING], mids: [MID] });
      store.apply({ removeProviders: ["p1"] });
      assert.deepEqual(store.load().requests, [FILTERING]);
      assert.deepEqual(store.load().mids, [MID]);
    },
  ],
  [
    "finds a request by its key",
    ({ store }) => {
      const odd = { ...asking(8), requestKey: "zero\u0000and ✓ 🛟" };
      store.apply({ requests: [FILTERING, odd] });
      assert.deepEqual(store.requestByKey(FILTERING.requestKey ?? ""), FILTERING);
      assert.deepEqual(store.requestByKey(odd.requestKey), odd);
      assert.equal(store.requestByKey("zero"), undefined);
    },
  ],
  [
    "keeps nothing of a change in which two requests have one key",
    (lab) => {
      lab.store.apply({ requests: [FILTERING] });
      const twin = { ...asking(8), requestKey: FILTERING.requestKey };
      const changes = {
        providers: [PROVIDER],
        requests: [asking(9), twin],
        activities: [ACTIVITY],
      };
      assert.throws(() => lab.store.apply(changes), withCode("store/write"));
      lab.restart();
      assert.deepEqual(lab.store.load(), { ...EMPTY, requests: [FILTERING], lastRequestId: 7 });
      assert.deepEqual(lab.store.activities(10), []);
      assert.equal(lab.store.apply({ activities: [ACTIVITY] })[0]?.id, 1);
    },
  ],
  [
    "limits what it returns, newest first",
    ({ store }) => {
      store.apply({ requests: [asking(1), asking(2), asking(3)] });
      store.apply({ activities: [entry(1), entry(2), entry(3), entry(4)] });
      const texts = (limit: number, before?: number): string[] =>
        store.activities(limit, before).map(({ text }) => text);
      assert.deepEqual(store.requests(2), [asking(3), asking(2)]);
      assert.deepEqual(texts(2), ["entry 4", "entry 3"]);
      assert.deepEqual(texts(2, 3), ["entry 2", "entry 1"]);
      assert.deepEqual(texts(10, 1), []);
      for (const none of [0, -1, Number.NaN]) assert.deepEqual(texts(none), []);
      assert.deepEqual(texts(1.9), ["entry 4"]);
      assert.equal(texts(Infinity, Infinity).length, 4);
    },
  ],
  [
    "is not changed by what its callers do to their own",
    ({ store }) => {
      const key = Uint8Array.of(1, 2, 3);
      const targets = ["a"];
      const provider = { ...PROVIDER, credential: { ...PROVIDER.credential, key } };
      store.apply({ providers: [provider], requests: [{ ...asking(1), targets }] });
      key.fill(0);
      targets.push("b");
      const found = store.load();
      found.providers[0]?.credential.key.fill(9);
      assert.deepEqual(store.load().providers[0]?.credential.key, Uint8Array.of(1, 2, 3));
      assert.deepEqual(store.request(1)?.targets, ["a"]);
    },
  ],
  [
    "leaves out what it does not know",
    ({ store }) => {
      const more = { ...asking(1), timer: () => 0 };
      store.apply({ requests: [more] });
      assert.deepEqual(store.request(1), asking(1));
    },
  ],
  [
    "keeps an entry of the log also with a figure that is none",
    (lab) => {
      const details = { rttMs: Number.NaN, mid: 7, rate: Infinity };
      const [added] = lab.store.apply({ activities: [{ ...ACTIVITY, details }] });
      lab.restart();
      assert.deepEqual(added?.details, { rttMs: null, mid: 7, rate: null });
      assert.deepEqual(lab.store.activities(1), [added]);
    },
  ],
  [
    "knows the highest id of a request, also when it is saved no more",
    (lab) => {
      lab.store.apply({ requests: [asking(9)] });
      lab.store.apply({ requests: [asking(4)] });
      lab.restart();
      assert.equal(lab.store.load().lastRequestId, 9);
    },
  ],
  [
    "keeps the newest 20,000 entries of the log, and no id twice",
    (lab) => {
      const entries = (from: number, count: number): AgentChanges => ({
        activities: Array.from({ length: count }, (_, at) => entry(from + at)),
      });
      lab.store.apply(entries(1, 20_000));
      lab.store.apply(entries(20_001, 1000));
      assert.equal(lab.store.activities(30_000).length, 21_000); // not yet worth it
      const [added] = lab.store.apply(entries(21_001, 1));
      const kept = lab.store.activities(30_000);
      assert.equal(kept.length, 20_000);
      assert.deepEqual(kept[0], added);
      assert.deepEqual(kept.at(-1), { ...entry(1002), id: 1002 });
      lab.restart();
      assert.equal(lab.store.apply(entries(21_002, 1))[0]?.id, 21_002);
    },
  ],
  [
    "keeps the newest 5,000 requests that are over, and all that live",
    (lab) => {
      const over = (id: number) => ({ ...asking(id), phase: "ended" }) as const;
      const many = Array.from({ length: 5250 }, (_, at) => over(at + 2));
      lab.store.apply({ requests: [asking(1), ...many] });
      assert.equal(lab.store.requests(9999).length, 5251); // not yet worth it
      lab.store.apply({ requests: [asking(6000), over(5252)] });
      lab.restart();
      const kept = lab.store.requests(9999);
      assert.equal(kept.length, 5002);
      assert.deepEqual(kept[0], asking(6000));
      assert.deepEqual(kept.at(-2), over(253));
      assert.deepEqual(kept.at(-1), asking(1));
      lab.store.apply({ requests: [over(6000)] });
      assert.equal(lab.store.load().lastRequestId, 6000);
    },
  ],
  [
    "says that it was closed",
    ({ store }) => {
      store.close();
      store.close();
      assert.throws(() => store.load(), withCode("store/unavailable"));
      assert.throws(() => store.apply({ requests: [FILTERING] }), withCode("store/unavailable"));
      assert.throws(() => store.requests(1), withCode("store/unavailable"));
      assert.throws(() => store.request(1), withCode("store/unavailable"));
      assert.throws(() => store.requestByKey("k"), withCode("store/unavailable"));
      assert.throws(() => store.activities(1), withCode("store/unavailable"));
    },
  ],
];

/** A provider with any key. */
function withKey(key: unknown): unknown {
  return { ...PROVIDER, credential: { ...PROVIDER.credential, key } };
}

const secret = Uint8Array.from(Buffer.from("never in a message"));

function withoutChain(): StoredProvider {
  assert.ok(CERTIFIED.credential.type === "certificate");
  return { ...CERTIFIED, credential: { ...CERTIFIED.credential, chain: [] } };
}

/** What the types cannot keep out, or a caller has got past them. */
const UNKEEPABLE: readonly (readonly [what: string, changes: AgentChanges, named: RegExp])[] = [
  [
    "a number that is none",
    { requests: [{ ...FILTERING, lifetimeS: Number.NaN }] },
    /requests\.0\.lifetimeS/,
  ],
  [
    "an instant without end",
    { requests: [{ ...FILTERING, expiresAtMs: Infinity }] },
    /expiresAtMs/,
  ],
  [
    "an instant that no date holds",
    { targets: [{ ...TARGET, addedAtMs: 1e300 }] },
    /targets\.0\.addedAtMs/,
  ],
  ["half an id", { requests: [{ ...FILTERING, id: 0.5 }] }, /requests\.0\.id/],
  ["the id 0", { requests: [asking(0)] }, /requests\.0\.id/],
  ["a mid of 33 bits", { mids: [{ ...MID, last: 2 ** 32 }] }, /mids\.0\.last/],
  [
    "half a character in a key",
    { requests: [{ ...FILTERING, requestKey: "\ud800" }] },
    /requestKey/,
  ],
  [
    "a credential of another type",
    // @ts-expect-error -- a later version's
    { providers: [{ ...PROVIDER, credential: { type: "raw", identity: "x", key: secret } }] },
    /providers\.0\.credential\.type/,
  ],
  [
    "a certificate that is none",
    { providers: [withoutChain()] },
    /providers\.0\.credential\.chain/,
  ],
  [
    "a key as text",
    {
      // @ts-expect-error -- as whoever reads it from JSON has it
      providers: [withKey("never in a message")],
    },
    /providers\.0\.credential\.key/,
  ],
];

for (const [name, open] of [
  ["memory", memoryLab],
  ["sqlite", sqliteLab],
] as const) {
  for (const [title, act] of BEHAVIOURS) {
    test(`${name}: ${title}`, () => {
      const lab = open();
      act(lab);
      lab.store.close();
    });
  }

  for (const [what, changes, named] of UNKEEPABLE) {
    test(`${name}: refuses ${what}, names it, and keeps nothing`, () => {
      const { store } = open();
      const all = { ...changes, activities: [ACTIVITY] };
      assert.throws(() => store.apply(all), withCode("store/write"));
      assert.throws(() => store.apply(all), named);
      assert.throws(
        () => store.apply(all),
        (error) => !/never in/.test(String(error)),
      );
      assert.deepEqual(store.load(), EMPTY);
      assert.deepEqual(store.activities(1), []);
      store.close();
    });
  }
}

test("memory: the store of an agent that was killed is of no more use to it", () => {
  const killed = new MemoryAgentStore();
  killed.apply({ requests: [FILTERING] });
  const next = killed.reopened();
  assert.throws(() => killed.apply({}), withCode("store/unavailable"));
  assert.deepEqual(next.load().requests, [FILTERING]);
});
