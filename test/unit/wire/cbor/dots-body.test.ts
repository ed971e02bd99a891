import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "cborg";
import { WireError } from "../../../../agent/wire/bytes.ts";
import type { WireErrorCode } from "../../../../agent/wire/bytes.ts";
import { MAX_BODY_OCTETS, decodeDots, encodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import type { DotsBody } from "../../../../agent/wire/cbor/types.ts";
import { bodyVectors, hexOf, octets, vectors } from "./vector-file.ts";

/** A check of a WireError's code and a part of its message. */
function wireError(code: WireErrorCode, message: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof WireError, String(error));
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.includes(message), error.message);
    return true;
  };
}

for (const { name, source, hex, json, decodeOnly } of bodyVectors()) {
  test(`decodes ${name} [${source}]`, () => {
    assert.deepEqual(decodeDots(octets(hex)), json);
  });
  if (decodeOnly === undefined) {
    test(`encodes ${name} [${source}]`, () => {
      assert.equal(hexOf(encodeDots(json)), hex);
    });
  } else {
    test(`writes its own form of ${name}, which means the same`, () => {
      const ours = encodeDots(json);
      assert.notEqual(hexOf(ours), hex, `${decodeOnly}: yet it is the same`);
      assert.deepEqual(decodeDots(ours), json);
    });
  }
}

for (const { name, hex, code, message } of vectors("refused.json")) {
  test(`refuses ${name}`, () => {
    assert.throws(() => decodeDots(octets(hex)), wireError(code, message));
  });
}

test("refuses every proper prefix of a body", () => {
  for (const { hex } of bodyVectors()) {
    const whole = octets(hex);
    for (let length = 0; length < whole.length; length += 1) {
      assert.throws(() => decodeDots(whole.subarray(0, length)), wireError("wire/truncated", ""));
    }
  }
});

test("refuses a body of more than 65,536 octets, whatever is in it", () => {
  const huge = new Uint8Array(MAX_BODY_OCTETS + 1);
  assert.throws(() => decodeDots(huge), wireError("wire/out-of-range", "65537 octets"));
});

test("reads a body of 65,536 octets", () => {
  const body = redirect("a".repeat(MAX_BODY_OCTETS - 9));
  const data = encodeDots(body);
  assert.equal(data.length, MAX_BODY_OCTETS);
  assert.deepEqual(decodeDots(data), body);
});

test("does not write a body of more than 65,536 octets", () => {
  const body = redirect("a".repeat(MAX_BODY_OCTETS - 8));
  assert.throws(() => encodeDots(body), wireError("wire/out-of-range", "65537 octets"));
});

test("reads from the middle of a larger buffer, and returns no view on it", () => {
  const hex = "a1182ea1182f6161";
  const data = octets(`ff${hex}ff`).subarray(1, -1);
  const body = decodeDots(data);
  data.fill(0);
  assert.deepEqual(body, redirect("a"));
});

test("answers with a plain Uint8Array of its own", () => {
  const data = encodeDots(redirect("a"));
  assert.equal(Object.getPrototypeOf(data), Uint8Array.prototype);
  assert.equal(data.buffer.byteLength, data.length);
});

test("writes keys ascending, definite and shortest lengths, as another decoder sees it", () => {
  for (const { name, json } of bodyVectors()) {
    const tree: unknown = decode(encodeDots(json), {
      strict: true,
      allowIndefinite: false,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      tags: { 4: (content) => content() },
    });
    assertAscending(tree, name);
  }
});

function assertAscending(value: unknown, name: string): void {
  if (Array.isArray(value)) for (const entry of value) assertAscending(entry, name);
  if (!(value instanceof Map)) return;
  const keys = [...value.keys()].map(Number);
  assert.deepEqual(
    keys,
    keys.toSorted((a, b) => a - b),
    name,
  );
  for (const member of value.values()) assertAscending(member, name);
}

function redirect(server: string): DotsBody {
  return { "ietf-dots-signal-channel:redirected-signal": { "alt-server": server } };
}

/** A mitigation with one scope, which may be anything. */
function mitigation(scope: unknown): unknown {
  return { "ietf-dots-signal-channel:mitigation-scope": { scope: [scope] } };
}

/** An ack-timeout, which may be anything. */
function ackTimeout(value: unknown): unknown {
  const parameters = { "ack-timeout": { "current-value-decimal": value } };
  return { "ietf-dots-signal-channel:signal-config": { "idle-config": parameters } };
}

const SCOPE = "mitigation-scope.scope[0]";

/** What callers without types could pass. */
const misfits: readonly (readonly [string, unknown, WireErrorCode, string])[] = [
  ["null", null, "wire/malformed", "expected an object"],
  ["an array", [], "wire/malformed", "expected an object"],
  ["a text", "a", "wire/malformed", "expected an object"],
  ["no message", {}, "wire/malformed", "holds 0 messages"],
  ["a name nobody knows", { foo: 1 }, "wire/malformed", 'unknown parameter "foo"'],
  [
    "a name of every object",
    { constructor: 1 },
    "wire/malformed",
    'unknown parameter "constructor"',
  ],
  [
    "an unknown name inside",
    mitigation({ ttl: 1 }),
    "wire/malformed",
    `${SCOPE}: unknown parameter "ttl"`,
  ],
  [
    "a name in the wrong place",
    mitigation({ sid: 1 }),
    "wire/malformed",
    `${SCOPE}: sid does not belong here`,
  ],
  ["cuid", mitigation({ cuid: "a" }), "wire/malformed", `${SCOPE}: cuid does not belong here`],
  [
    "null for a leaf",
    mitigation({ mid: null }),
    "wire/malformed",
    `${SCOPE}.mid: expected an integer`,
  ],
  [
    "a text for an integer",
    mitigation({ mid: "1" }),
    "wire/malformed",
    `${SCOPE}.mid: expected an integer`,
  ],
  ["a fraction", mitigation({ mid: 1.5 }), "wire/malformed", `${SCOPE}.mid: expected an integer`],
  ["NaN", mitigation({ mid: Number.NaN }), "wire/malformed", `${SCOPE}.mid: expected an integer`],
  ["a negative mid", mitigation({ mid: -1 }), "wire/out-of-range", `${SCOPE}.mid: -1 is not`],
  [
    "a mid of 2^32",
    mitigation({ mid: 2 ** 32 }),
    "wire/out-of-range",
    `${SCOPE}.mid: 4294967296 is not`,
  ],
  [
    "a lifetime of -2",
    mitigation({ lifetime: -2 }),
    "wire/out-of-range",
    `${SCOPE}.lifetime: -2 is not`,
  ],
  [
    "a protocol of 256",
    mitigation({ "target-protocol": [6, 256] }),
    "wire/out-of-range",
    "target-protocol[1]: 256 is not",
  ],
  [
    "a text for a list",
    mitigation({ "target-prefix": "a" }),
    "wire/malformed",
    "target-prefix: expected a list",
  ],
  [
    "a hole in a list",
    mitigation({ "alias-name": new Array(1) }),
    "wire/malformed",
    "alias-name[0]: expected text",
  ],
  [
    "a number for a text",
    mitigation({ "alias-name": [1] }),
    "wire/malformed",
    "alias-name[0]: expected text",
  ],
  [
    "half a surrogate pair",
    mitigation({ "alias-name": ["\ud800"] }),
    "wire/malformed",
    "alias-name[0]: text with half",
  ],
  [
    "a number for a counter",
    mitigation({ "bps-dropped": 1 }),
    "wire/malformed",
    "bps-dropped: expected a string of decimal",
  ],
  [
    "a counter with a zero in front",
    mitigation({ "bps-dropped": "01" }),
    "wire/malformed",
    "bps-dropped: expected a string",
  ],
  [
    "an empty counter",
    mitigation({ "bps-dropped": "" }),
    "wire/malformed",
    "bps-dropped: expected a string",
  ],
  [
    "a counter of 2^64",
    mitigation({ "bps-dropped": "18446744073709551616" }),
    "wire/out-of-range",
    "bps-dropped: 18446744073709551616",
  ],
  [
    "a counter of 100 digits",
    mitigation({ "bps-dropped": "9".repeat(100) }),
    "wire/out-of-range",
    "bps-dropped: 999",
  ],
  [
    "a retry-timer of 2^32",
    mitigation({ "conflict-information": { "retry-timer": "4294967296" } }),
    "wire/out-of-range",
    "retry-timer: 4294967296",
  ],
  [
    "a status by number",
    mitigation({ status: 1 }),
    "wire/malformed",
    "status: expected the name of a code",
  ],
  [
    "a status nobody knows",
    mitigation({ status: "fine" }),
    "wire/out-of-range",
    'status: no code is named "fine"',
  ],
  [
    "another enumeration's name",
    mitigation({ status: "under-attack" }),
    "wire/out-of-range",
    "no code is named",
  ],
  [
    "a name of every object for a status",
    mitigation({ status: "toString" }),
    "wire/out-of-range",
    "no code is named",
  ],
  [
    "a number for a boolean",
    mitigation({ "trigger-mitigation": 1 }),
    "wire/malformed",
    "trigger-mitigation: expected true or false",
  ],
  [
    "a port range without lower-port",
    mitigation({ "target-port-range": [{}] }),
    "wire/malformed",
    "target-port-range[0]: lower-port is missing",
  ],
  [
    "undefined for lower-port",
    mitigation({ "target-port-range": [{ "lower-port": undefined }] }),
    "wire/malformed",
    "lower-port is missing",
  ],
  [
    "a mitigation without scope",
    { "ietf-dots-signal-channel:mitigation-scope": {} },
    "wire/malformed",
    "mitigation-scope: scope is missing",
  ],
  [
    "a number for a decimal",
    ackTimeout(2),
    "wire/malformed",
    "ack-timeout.current-value-decimal: expected a decimal",
  ],
  ["a decimal of three digits", ackTimeout("2.005"), "wire/malformed", "expected a decimal"],
  ["a decimal without digits", ackTimeout("."), "wire/malformed", "expected a decimal"],
  ["a decimal in powers of ten", ackTimeout("2e1"), "wire/malformed", "expected a decimal"],
  [
    "a decimal beyond decimal64",
    ackTimeout("92233720368547758.08"),
    "wire/malformed",
    "expected a decimal",
  ],
];

for (const [name, body, code, message] of misfits) {
  test(`does not encode ${name}`, () => {
    assert.throws(() => encodeDots(body as DotsBody), wireError(code, message));
  });
}

test("does not encode two messages", () => {
  const two = {
    ...redirect("a"),
    "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": true },
  };
  assert.throws(
    () => encodeDots(two as unknown as DotsBody),
    wireError("wire/malformed", "holds 2 messages"),
  );
});

test("takes a member that is undefined as one that is not there", () => {
  const body = mitigation({ mid: 1, lifetime: undefined }) as DotsBody;
  assert.equal(hexOf(encodeDots(body)), "a101a10281a10501");
});

for (const [given, written] of [
  ["2", "2.00"],
  ["2.5", "2.50"],
  ["0.05", "0.05"],
  ["-0.05", "-0.05"],
  ["-0", "0.00"],
  ["92233720368547758.07", "92233720368547758.07"],
  ["-92233720368547758.08", "-92233720368547758.08"],
] as const) {
  test(`writes the decimal ${given}, read back as ${written} [RFC 9132 §6]`, () => {
    const data = encodeDots(ackTimeout(given) as DotsBody);
    assert.deepEqual(decodeDots(data), ackTimeout(written));
  });
}
