import assert from "node:assert/strict";
import { test } from "node:test";
import { PEERS, missingPeers, whereIs } from "../../../scripts/peers.ts";
import { peer } from "../../support/peers.ts";

test("a program that exists is found, one that does not is skipped with a reason", () => {
  assert.equal(whereIs("no-such-program-here"), undefined);
  assert.notEqual(whereIs("sh"), undefined);
  assert.equal(peer("sh").skip, false);
  assert.match(String(peer("no-such-program-here").skip), /needs no-such-program-here/);
});

test("unit tests need nothing from the system", () => {
  assert.deepEqual(missingPeers(["unit", "fuzz"]), []);
});

test("every peer names its programs and the suites that need it", () => {
  for (const { debian, programs, suites } of PEERS) {
    assert.ok(programs.length > 0 && suites.length > 0, debian);
  }
});
