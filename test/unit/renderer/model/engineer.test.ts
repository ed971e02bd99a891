import assert from "node:assert/strict";
import { test } from "node:test";
import { mitigationDetails, providerDetails } from "../../../../renderer/model/engineer.ts";
import { aProvider } from "../../../support/control-samples.ts";
import { filtering, refused, session } from "../facts.ts";

test("a provider's details name its cipher suite and its address", () => {
  const details = new Map(providerDetails(aProvider(), session()));
  assert.equal(details.get("Cipher suite"), "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256");
  assert.equal(details.get("Address in use"), "203.0.113.1:4646");
});

test("without a session there is what was typed", () => {
  const labels = providerDetails(aProvider(), undefined).map(([label]) => label);
  assert.deepEqual(labels, ["Server", "Identity (PSK)", "Added"]);
});

test("a mitigation's numbers are exact", () => {
  const details = new Map(mitigationDetails(filtering({ mid: 17 })));
  assert.equal(details.get("mid"), "17");
  assert.equal(details.get("Dropped, bit/s"), "3100000000");
});

test("a refusal's code is there", () => {
  assert.equal(new Map(mitigationDetails(refused())).get("CoAP code"), "4.03");
});
