import assert from "node:assert/strict";
import { test } from "node:test";
import { constantTimeEqual, wipe } from "../../../../agent/dtls/crypto/constant-time.ts";
import { octets } from "../../wire/dtls/captured.ts";

const pairs = [
  { a: "", b: "", equal: true },
  { a: "0102", b: "0102", equal: true },
  { a: "0102", b: "0103", equal: false },
  { a: "0102", b: "01", equal: false },
  { a: "01", b: "0102", equal: false },
  { a: "", b: "00", equal: false },
];
for (const { a, b, equal } of pairs) {
  test(`"${a}" and "${b}" are ${equal ? "" : "not "}equal`, () => {
    assert.equal(constantTimeEqual(octets(a), octets(b)), equal);
  });
}

test("views into larger buffers are compared by their own octets", () => {
  const whole = octets("aa0102bb0102");
  assert.equal(constantTimeEqual(whole.subarray(1, 3), whole.subarray(4, 6)), true);
});

test("wipe leaves zeros, and only in the view it was given", () => {
  const whole = octets("01020304");
  wipe(whole.subarray(1, 3));
  assert.deepEqual(whole, octets("01000004"));
});
