import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoapRequest } from "../../../../agent/coap/types.ts";
import {
  efficacyRequest,
  heartbeatRequest,
  mitigationRequest,
  mitigationsRequest,
  withdrawRequest,
} from "../../../../agent/dots/signal/requests.ts";

const KEY = { cuid: "dz6pHjaADkaFTbjr0JGBpw", mid: 123 };
const PATH = [
  "11:.well-known",
  "11:dots",
  "11:mitigate",
  "11:cuid=dz6pHjaADkaFTbjr0JGBpw",
  "11:mid=123",
];

/** Options as `number:text`, integers as `number=value`. */
function optionsOf(request: CoapRequest): string[] {
  return request.options.map(({ number, value }) =>
    number === 12
      ? `${number}=${Buffer.from(value).readUIntBE(0, value.length)}`
      : `${number}:${Buffer.from(value).toString()}`,
  );
}

const FIGURE_7 = {
  "target-prefix": ["2001:db8:6401::1/128", "2001:db8:6401::2/128"],
  "target-port-range": [{ "lower-port": 80 }, { "lower-port": 443 }, { "lower-port": 8080 }],
  "target-protocol": [6],
  lifetime: 3600,
};

test("a mitigation request is a PUT of application/dots+cbor [RFC 9132 §4.4.1.1]", () => {
  const request = mitigationRequest(KEY, FIGURE_7);
  assert.equal(request.method, "PUT");
  assert.deepEqual(optionsOf(request), [...PATH, "12=271"]);
  // What a peer in the field sends for the same request but for its trigger-mitigation.
  assert.equal(
    Buffer.from(request.payload).toString("hex"),
    "a101a10281a4068274323030313a6462383a363430313a3a312f31323874323030313a6462383a363430313a3a322f" +
      "3132380783a1081850a1081901bba108191f900a81060e190e10",
  );
});

test("an efficacy update has an empty If-Match [RFC 9132 §4.4.3]", () => {
  const request = efficacyRequest(KEY, { ...FIGURE_7, "attack-status": "under-attack" });
  assert.deepEqual(optionsOf(request), ["1:", ...PATH, "12=271"]);
  assert.ok(Buffer.from(request.payload).toString("hex").endsWith("0e190e10181d01"));
});

const selections = [
  { selection: { cuid: "a" }, options: ["11:cuid=a"] },
  { selection: { cuid: "a", mid: 7 }, options: ["11:cuid=a", "11:mid=7"] },
  { selection: { cuid: "a", content: "config" }, options: ["11:cuid=a", "15:c=c"] },
  { selection: { cuid: "a", content: "non-config" }, options: ["11:cuid=a", "15:c=n"] },
  {
    selection: { cuid: "a", mid: 0, content: "all", query: ["target-port=443"] },
    options: ["11:cuid=a", "11:mid=0", "15:c=a", "15:target-port=443"],
  },
] as const;

for (const { selection, options } of selections) {
  test(`a GET of ${JSON.stringify(selection)} [RFC 9132 §4.4.2]`, () => {
    const request = mitigationsRequest(selection);
    assert.equal(request.method, "GET");
    assert.equal(request.payload.length, 0);
    assert.deepEqual(optionsOf(request).slice(3), options);
  });
}

test("a withdrawal is a DELETE without a body [RFC 9132 §4.4.4]", () => {
  const request = withdrawRequest(KEY);
  assert.equal(request.method, "DELETE");
  assert.equal(request.payload.length, 0);
  assert.deepEqual(optionsOf(request), PATH);
});

for (const [status, hex] of [
  [true, "a11831a11833f5"],
  [false, "a11831a11833f4"],
] as const) {
  test(`a heartbeat with peer-hb-status ${status} has no cuid [RFC 9132 §4.7]`, () => {
    const request = heartbeatRequest(status);
    assert.equal(request.method, "PUT");
    assert.deepEqual(optionsOf(request), ["11:.well-known", "11:dots", "11:hb", "12=271"]);
    assert.equal(Buffer.from(request.payload).toString("hex"), hex);
  });
}
