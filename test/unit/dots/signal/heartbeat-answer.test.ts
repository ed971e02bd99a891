import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoapRequest } from "../../../../agent/coap/types.ts";
import { answerHeartbeat } from "../../../../agent/dots/signal/heartbeat-answer.ts";
import { encodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import { Code, formatCode } from "../../../../agent/wire/coap/code.ts";
import { OptionNumber, uintOption } from "../../../../agent/wire/coap/options.ts";

const BEAT = encodeDots({ "ietf-dots-signal-channel:heartbeat": { "peer-hb-status": true } });
const OTHER = encodeDots({ "ietf-dots-signal-channel:mitigation-scope": { scope: [] } });

function put(format: number | undefined, payload: Uint8Array): CoapRequest {
  const options = format === undefined ? [] : [uintOption(OptionNumber.ContentFormat, format)];
  return { method: "PUT", options, payload };
}

const REPLIES: readonly (readonly [string, CoapRequest, string, boolean | undefined])[] = [
  ["a heartbeat", put(271, BEAT), "2.04", true],
  // 4.15 is for a Content-Format that is there and wrong.
  ["a heartbeat without Content-Format", put(undefined, BEAT), "2.04", true],
  ["another Content-Format", put(60, BEAT), "4.15", undefined],
  ["Content-Format 0, which is there too", put(0, BEAT), "4.15", undefined],
  ["no CBOR", put(undefined, Uint8Array.of(0xff)), "4.00", undefined],
  ["another message", put(271, OTHER), "4.00", undefined],
  ["a GET", { ...put(271, BEAT), method: "GET" }, "4.05", undefined],
];

for (const [what, request, code, status] of REPLIES) {
  test(`${what} gets ${code} [RFC 9132 §4.7] [RFC 9132 §9]`, () => {
    const { answer, peerHbStatus } = answerHeartbeat(request);
    assert.equal(formatCode(answer.code), code);
    assert.equal(peerHbStatus, status);
  });
}

test("a refusal's words have no Content-Format [RFC 7252 §5.5.2]", () => {
  const { answer } = answerHeartbeat(put(60, BEAT));
  assert.equal(answer.code, Code.UnsupportedContentFormat);
  assert.deepEqual(answer.options, []);
  assert.match(new TextDecoder().decode(answer.payload), /Content-Format 60/);
});
