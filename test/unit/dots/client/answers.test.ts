import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeDots } from "../../../../agent/wire/cbor/dots-body.ts";
import { Code } from "../../../../agent/wire/coap/code.ts";
import {
  findOption,
  findUint,
  opaqueOption,
  OptionNumber,
  uintOption,
} from "../../../../agent/wire/coap/options.ts";
import { withBody, withText, type ScriptedAnswer } from "../../../support/scripted-peer.ts";
import { SCOPE, GRANTED, bodyOf, scene, settled } from "./scene.ts";

const refusals = [
  {
    name: "a diagnostic",
    answer: withText(Code.BadRequest, "not\u001b[31m yours\n"),
    expected: { code: "4.00", diagnostic: "not [31m yours" },
  },
  {
    name: "a diagnostic without Content-Format",
    answer: { code: Code.NotFound, payload: new TextEncoder().encode("gone") },
    expected: { code: "4.04", diagnostic: "gone" },
  },
  {
    name: "a conflict",
    answer: withBody(
      Code.Conflict,
      bodyOf({ "conflict-information": { "conflict-cause": "cuid-collision" } }),
    ),
    expected: {
      code: "4.09",
      payload: bodyOf({ "conflict-information": { "conflict-cause": "cuid-collision" } }),
    },
  },
  {
    name: "a busy server",
    answer: withText(Code.ServiceUnavailable, "busy", [uintOption(OptionNumber.MaxAge, 30)]),
    expected: { code: "5.03", diagnostic: "busy", maxAgeS: 30 },
  },
  { name: "no payload", answer: { code: Code.Unauthorized }, expected: { code: "4.01" } },
];

for (const { name, answer, expected } of refusals) {
  test(`a refusal with ${name} is a result, not a fault [RFC 9132 §9]`, async () => {
    const { clock, client } = scene(() => answer);
    const result = await settled(clock, client.requestMitigation(7, SCOPE));
    assert.deepEqual(result, { accepted: false, rttMs: 10, transmissions: 1, ...expected });
  });
}

const unreadable: readonly { name: string; answer: ScriptedAnswer }[] = [
  { name: "text where a body must be", answer: withText(Code.Content, "hello") },
  {
    name: "another Content-Format",
    answer: {
      code: Code.Created,
      options: [uintOption(OptionNumber.ContentFormat, 40)],
      payload: Uint8Array.of(0xa0),
    },
  },
  {
    name: "no Content-Format and no body",
    answer: { code: Code.Content, payload: Uint8Array.of(1) },
  },
  {
    name: "a body that is cut short",
    answer: { ...withBody(Code.Created, GRANTED), payload: Uint8Array.of(0xa1, 0x01) },
  },
];

for (const { name, answer } of unreadable) {
  test(`an answer with ${name} is dots/bad-answer`, async () => {
    const { clock, client } = scene(() => answer);
    await assert.rejects(settled(clock, client.getMitigations()), { code: "dots/bad-answer" });
  });
}

test("an answer in blocks is put together, under one ETag [RFC 9132 §4.4.2]", async () => {
  const body = bodyOf(...Array.from({ length: 12 }, (_, mid) => ({ mid, lifetime: 100 + mid })));
  const whole = encodeDots(body);
  const { clock, client, peer } = scene((request) => {
    const number = (findUint(request.options, OptionNumber.Block2) ?? 0) >> 4;
    const more = (number + 1) * 64 < whole.length;
    const payload = whole.slice(number * 64, number * 64 + 64);
    return {
      code: Code.Content,
      payload,
      options: [
        opaqueOption(OptionNumber.ETag, Uint8Array.of(9)),
        uintOption(OptionNumber.ContentFormat, 271),
        uintOption(OptionNumber.Block2, number * 16 + (more ? 8 : 0) + 2),
      ],
    };
  });
  const result = await settled(clock, client.getMitigations());
  assert.deepEqual(result.payload, body);
  assert.equal(result.transmissions, Math.ceil(whole.length / 64));
  const second = peer.heard[1];
  assert.ok(second);
  assert.deepEqual([...(findOption(second.options, OptionNumber.ETag)?.value ?? [])], [9]);
  assert.equal(findUint(second.options, OptionNumber.Block2), 16 + 2);
});

const OK = { etag: 1, number: 1, payload: 64, code: Code.Content };
const brokenBlocks = [
  { ...OK, name: "of another representation", etag: 2, why: /it changed/ },
  { ...OK, name: "that was not asked for", number: 2, why: /not asked for/ },
  { ...OK, name: "without end", payload: 0, why: /an empty block/ },
  { ...OK, name: "that is an error", code: Code.NotFound, why: /4\.04 in place/ },
];

for (const { name, etag, number, payload, code, why } of brokenBlocks) {
  test(`a block ${name} is dots/bad-answer`, async () => {
    const block = (tag: number, at: number, octets: number, as: number): ScriptedAnswer => ({
      code: as,
      payload: new Uint8Array(octets),
      options: [
        opaqueOption(OptionNumber.ETag, Uint8Array.of(tag)),
        uintOption(OptionNumber.ContentFormat, 271),
        uintOption(OptionNumber.Block2, at * 16 + 8 + 2),
      ],
    });
    const { clock, client } = scene((_request, count) =>
      count === 1 ? block(1, 0, 64, Code.Content) : block(etag, number, payload, code),
    );
    const getting = settled(clock, client.getMitigations());
    await assert.rejects(getting, { code: "dots/bad-answer", message: why });
  });
}
