import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  cuidFromPskIdentity,
  cuidFromRawPublicKey,
  cuidFromSpki,
} from "../../../../agent/dots/signal/cuid.ts";

const sha256 = (data: Uint8Array): Uint8Array => createHash("sha256").update(data).digest();

// printf '%s' IDENTITY | openssl dgst -sha256 -binary | head -c 16 | openssl base64 | tr '+/' '-_' | tr -d '='
const identities = [
  { identity: "branch", cuid: "84x2TIqgC2V49CVKTcbZtQ" },
  { identity: "client.sample", cuid: "5SIPXUTPoRdsmBUDQ7v3-g" },
  { identity: "Zürich-Büro", cuid: "lhsOPv0TI_znnrPcG3gS8g" },
];

for (const { identity, cuid } of identities) {
  test(`the cuid of PSK identity ${identity} [RFC 9132 §4.4.1.1]`, () => {
    assert.equal(cuidFromPskIdentity(identity, sha256), cuid);
  });
}

// openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -outform DER | xxd -p
const SPKI =
  "3059301306072a8648ce3d020106082a8648ce3d0301070342000472b759590a0ff9d410c0096ddc70dc" +
  "f4ab5d9d84c12cba911d388cb985f214793dc68124dcc7e4b614d2e4628a6ebce186a3f5e4f6fcea786ff839a1252f2ed1";

for (const [name, cuidOf] of [
  ["SPKI", cuidFromSpki],
  ["raw public key", cuidFromRawPublicKey],
] as const) {
  test(`the cuid of an ${name} is the hash of its DER [RFC 9132 §4.4.1.1]`, () => {
    // printf $SPKI | xxd -r -p | openssl dgst -sha256 -binary | head -c 16 | openssl base64 | tr '+/' '-_' | tr -d '='
    assert.equal(cuidOf(Buffer.from(SPKI, "hex"), sha256), "imbbGajNTVuwRi1fl8g7dg");
  });
}

test("a cuid has 22 characters, whatever the input [RFC 9132 §4.4.1.1]", () => {
  for (let length = 0; length < 70; length += 1) {
    assert.match(cuidFromSpki(new Uint8Array(length), sha256), /^[\w-]{22}$/);
  }
});
