import assert from "node:assert/strict";
import { test } from "node:test";
import { WireError } from "../../../../agent/wire/bytes.ts";
import {
  Code,
  formatCode,
  isRequestCode,
  isResponseCode,
  isSuccess,
  parseCode,
} from "../../../../agent/wire/coap/code.ts";

// [RFC 7252 §12.1], [RFC 8132 §6], [RFC 8516 §6], [RFC 8768 §5]
const codes: readonly (readonly [keyof typeof Code, string])[] = [
  ["Empty", "0.00"],
  ["GET", "0.01"],
  ["POST", "0.02"],
  ["PUT", "0.03"],
  ["DELETE", "0.04"],
  ["Created", "2.01"],
  ["Deleted", "2.02"],
  ["Valid", "2.03"],
  ["Changed", "2.04"],
  ["Content", "2.05"],
  ["Continue", "2.31"],
  ["BadRequest", "4.00"],
  ["Unauthorized", "4.01"],
  ["BadOption", "4.02"],
  ["Forbidden", "4.03"],
  ["NotFound", "4.04"],
  ["MethodNotAllowed", "4.05"],
  ["NotAcceptable", "4.06"],
  ["RequestEntityIncomplete", "4.08"],
  ["Conflict", "4.09"],
  ["PreconditionFailed", "4.12"],
  ["RequestEntityTooLarge", "4.13"],
  ["UnsupportedContentFormat", "4.15"],
  ["UnprocessableEntity", "4.22"],
  ["TooManyRequests", "4.29"],
  ["InternalServerError", "5.00"],
  ["NotImplemented", "5.01"],
  ["BadGateway", "5.02"],
  ["ServiceUnavailable", "5.03"],
  ["GatewayTimeout", "5.04"],
  ["ProxyingNotSupported", "5.05"],
  ["HopLimitReached", "5.08"],
];

for (const [name, text] of codes) {
  test(`${name} is written ${text} and read back [RFC 7252 §3]`, () => {
    assert.equal(formatCode(Code[name]), text);
    assert.equal(parseCode(text), Code[name]);
  });
}

test("the table above names every code", () => {
  assert.deepEqual(codes.map(([name]) => name).toSorted(), Object.keys(Code).toSorted());
});

for (const text of ["", "2", "2.5", "2.005", "8.00", "2.32", "2,05", " 2.05", "-1.00"]) {
  test(`"${text}" is no code`, () => assert.throws(() => parseCode(text), WireError));
}

test("codes fall into requests, responses and neither [RFC 7252 §5.1] [RFC 7252 §5.2]", () => {
  assert.deepEqual([Code.Empty, Code.GET, 0x1f, 0x20].map(isRequestCode), [
    false,
    true,
    true,
    false,
  ]);
  assert.deepEqual([0x00, 0x20, 0x40, 0x60, 0x80, 0xa0, 0xc0].map(isResponseCode), [
    false,
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
  assert.deepEqual([Code.Created, Code.NotFound].map(isSuccess), [true, false]);
});
