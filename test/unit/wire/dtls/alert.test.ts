import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AlertDescription,
  alertName,
  decodeAlert,
  encodeAlert,
} from "../../../../agent/wire/dtls/alert.ts";
import { octets, recordsOf, captures } from "./captured.ts";

const alerts = [
  { hex: "01 00", level: 1, name: "close_notify" },
  { hex: "02 28", level: 2, name: "handshake_failure" },
  { hex: "02 14", level: 2, name: "bad_record_mac" },
  { hex: "02 30", level: 2, name: "unknown_ca" },
  { hex: "02 73", level: 2, name: "unknown_psk_identity" },
  { hex: "02 ff", level: 2, name: "alert_255" },
] as const;
for (const { hex, level, name } of alerts) {
  test(`${name} both ways [RFC 5246 §7.2]`, () => {
    const alert = decodeAlert(octets(hex));
    assert.equal(alert.level, level);
    assert.equal(alertName(alert.description), name);
    assert.deepEqual(encodeAlert(alert), octets(hex));
  });
}

test("every alert has a name of its own [RFC 5246 §7.2]", () => {
  const values = Object.values(AlertDescription);
  assert.equal(new Set(values.map((value) => alertName(value))).size, values.length);
});

test("OpenSSL says handshake_failure when there is no common suite [RFC 5246 §7.2.2]", () => {
  const capture = captures.find(({ name }) => name === "openssl-no-common-suite");
  assert.ok(capture);
  const last = recordsOf(capture).at(-1);
  assert.ok(last);
  assert.equal(last.what.type, 21);
  assert.deepEqual(decodeAlert(last.what.fragment), {
    level: 2,
    description: AlertDescription.handshakeFailure,
  });
});

for (const hex of ["", "02", "02 28 00", "02 28 01 00"]) {
  test(`refuses an alert of "${hex}": it has two octets [RFC 5246 §7.2]`, () => {
    assert.throws(() => decodeAlert(octets(hex)), { name: "WireError" });
  });
}

for (const hex of ["00 00", "03 28"]) {
  test(`refuses the level of "${hex}" [RFC 5246 §7.2]`, () => {
    assert.throws(() => decodeAlert(octets(hex)), { code: "wire/out-of-range" });
  });
}
