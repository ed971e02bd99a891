import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFinished, encodeFinished } from "../../../../agent/wire/dtls/finished.ts";
import { octets } from "./captured.ts";

const verifyData = octets("000102030405060708090a0b");

test("Finished is the verify_data [RFC 5246 §7.4.9]", () => {
  assert.deepEqual(decodeFinished(verifyData), verifyData);
  assert.deepEqual(encodeFinished(verifyData), verifyData);
});

for (const length of [0, 11, 13]) {
  test(`refuses ${length} octets of verify_data both ways [RFC 5246 §7.4.9]`, () => {
    assert.throws(() => decodeFinished(new Uint8Array(length)), { name: "WireError" });
    assert.throws(() => encodeFinished(new Uint8Array(length)), { name: "WireError" });
  });
}
