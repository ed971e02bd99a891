import assert from "node:assert/strict";
import { test } from "node:test";
import { toldBy } from "../../../agent/daemon/told.ts";
import type { MitigationScope } from "../../../agent/wire/cbor/types.ts";

function answer(code: string, ...scope: MitigationScope[]) {
  const payload = { "ietf-dots-signal-channel:mitigation-scope": { scope } };
  return { code, accepted: code.startsWith("2"), payload, rttMs: 1, transmissions: 1 };
}

const STATUS = "attack-successfully-mitigated";

test("octets become bits, and what is missing is nothing", () => {
  const told = toldBy(
    answer("2.05", {
      mid: 1,
      "target-prefix": ["203.0.113.7/32"],
      lifetime: 60,
      status: STATUS,
      "bps-dropped": "387500000",
    }),
    5,
  );
  assert.deepEqual(told, [
    {
      mid: 1,
      scope: { "target-prefix": ["203.0.113.7/32"] },
      since: 5,
      status: 2,
      lifetimeS: 60,
      dropped: { bps: 3_100_000_000, pps: 0, bytes: 0, pkts: 0 },
    },
  ]);
});

test("counters above 2^53 are rounded", () => {
  const [told] =
    toldBy(
      answer("2.05", { mid: 1, status: STATUS, "bytes-dropped": "18446744073709551615" }),
      0,
    ) ?? [];
  assert.equal(told?.dropped?.bytes, 2 ** 64);
});

test("without counters there are none", () => {
  const [told] = toldBy(answer("2.05", { mid: 1, status: STATUS }), 0) ?? [];
  assert.deepEqual([told?.dropped, told?.lifetimeS], [null, undefined]);
});

test("entries without mid or status tell nothing", () => {
  assert.deepEqual(toldBy(answer("2.05", { mid: 1 }, { status: STATUS }), 0), []);
});

test("4.04 is an empty list, another refusal is none", () => {
  assert.deepEqual(toldBy({ code: "4.04", accepted: false, rttMs: 1, transmissions: 1 }, 0), []);
  assert.equal(toldBy({ code: "4.01", accepted: false, rttMs: 1, transmissions: 1 }, 0), undefined);
  assert.equal(toldBy({ code: "2.05", accepted: true, rttMs: 1, transmissions: 1 }, 0), undefined);
});
