import assert from "node:assert/strict";
import { test } from "node:test";
import { answerJson } from "../../../agent/cli/signal-report.ts";
import {
  mitigationsText,
  refusalHint,
  refusalText,
  requestText,
} from "../../../agent/cli/signal-text.ts";
import type { SignalResult } from "../../../agent/dots/client/signal-result.ts";
import type { DotsBody, MitigationScope } from "../../../agent/wire/cbor/types.ts";

function bodyOf(...scope: MitigationScope[]): DotsBody {
  return { "ietf-dots-signal-channel:mitigation-scope": { scope } };
}

function result(code: string, extra: Partial<SignalResult> = {}): SignalResult {
  return { code, accepted: code.startsWith("2"), rttMs: 1.23456, transmissions: 1, ...extra };
}

const requests = [
  {
    result: result("2.01", { payload: bodyOf({ mid: 1, lifetime: 3600 }) }),
    text: "The provider accepted the request (2.01). Lifetime 3600 s.",
  },
  {
    result: result("2.04", { payload: bodyOf({ mid: 1, lifetime: 600 }) }),
    text: "The provider refreshed the request (2.04). Lifetime 600 s (3600 s asked for).",
  },
  {
    result: result("2.01"),
    text: "The provider accepted the request (2.01). It named no lifetime.",
  },
];

for (const { result: given, text } of requests) {
  test(text, () => assert.equal(requestText(given, 3600), text));
}

test("a lifetime without end is told in words", () => {
  const given = result("2.01", { payload: bodyOf({ lifetime: -1 }) });
  assert.equal(
    requestText(given, -1),
    "The provider accepted the request (2.01). Lifetime without end.",
  );
});

test("a mitigation is told with target, status and counters", () => {
  const payload = bodyOf(
    {
      mid: 12332,
      "mitigation-start": "1507818434",
      "target-prefix": ["2001:db8:6401::1/128"],
      "target-port-range": [{ "lower-port": 443 }, { "lower-port": 1000, "upper-port": 2000 }],
      "target-protocol": [17],
      lifetime: 1756,
      status: "attack-successfully-mitigated",
      "bytes-dropped": "134334555",
      "pps-dropped": "432432",
    },
    {
      mid: 12333,
      status: "attack-mitigation-signal-loss",
      lifetime: -1,
      "trigger-mitigation": false,
    },
  );
  assert.equal(
    mitigationsText(result("2.05", { payload })),
    `Mitigation 12332: attack-successfully-mitigated (2)
  protects 2001:db8:6401::1/128, port 443, 1000-2000, protocol 17
  lifetime left: 1756 s
  dropped 134334555 octets, 432432 packets/s
  since 2017-10-12T14:27:14.000Z
Mitigation 12333: attack-mitigation-signal-loss (8)
  lifetime left: without end
  starts only once the session is lost`,
  );
});

const refusals = [
  {
    result: result("4.00", { diagnostic: "not yours" }),
    text: "the server refused (4.00 Bad Request): not yours",
    hint: undefined,
  },
  { result: result("4.04"), text: "the server refused (4.04 Not Found)", hint: undefined },
  {
    result: result("4.09", {
      payload: bodyOf({
        "conflict-information": {
          "conflict-cause": "overlapping-targets",
          "conflict-scope": { mid: 20, "target-prefix": ["203.0.113.0/28"] },
        },
      }),
    }),
    text: "the server refused (4.09 Conflict): overlapping targets with request 20 (203.0.113.0/28)",
    hint: "Use a --mid above that of the other request, or withdraw that one and wait for its end.",
  },
  {
    result: result("4.09", {
      payload: bodyOf({ "conflict-information": { "conflict-cause": "cuid-collision" } }),
    }),
    text: "the server refused (4.09 Conflict): cuid collision",
    hint: "Another client uses this identifier; choose one of your own with --cuid.",
  },
  {
    result: result("5.03", { diagnostic: "busy", maxAgeS: 30 }),
    text: "the server refused (5.03 Service Unavailable): busy",
    hint: "Try again after 30 s.",
  },
  {
    result: result("5.03", {
      payload: { "ietf-dots-signal-channel:redirected-signal": { "alt-server": "b.example" } },
    }),
    text: "the server refused (5.03 Service Unavailable): turn to b.example",
    hint: undefined,
  },
];

for (const { result: given, text, hint } of refusals) {
  test(`${text} [RFC 9132 §9]`, () => {
    assert.equal(refusalText(given), text);
    assert.equal(refusalHint(given), hint);
  });
}

const session = {
  handshakeMs: 4.10049,
  security: { version: "DTLS1.2", cipher: "TLS_X", resumed: false, connectionId: false },
} as const;

test("the JSON of an answer that was accepted", () => {
  const payload = bodyOf({ mid: 1, lifetime: 60 });
  assert.deepEqual(answerJson(result("2.01", { payload }), session), {
    code: "2.01",
    rttMs: 1.235,
    handshakeMs: 4.1,
    security: { version: "DTLS1.2", cipher: "TLS_X", resumed: false, connectionId: false },
    payload,
    transmissions: 1,
  });
});

test("the JSON of a refusal has the diagnostic and an error", () => {
  assert.deepEqual(answerJson(result("4.00", { diagnostic: "no" }), session), {
    code: "4.00",
    rttMs: 1.235,
    handshakeMs: 4.1,
    security: { version: "DTLS1.2", cipher: "TLS_X", resumed: false, connectionId: false },
    payload: null,
    diagnostic: "no",
    transmissions: 1,
    error: {
      code: "server/refused",
      message: "the server refused (4.00 Bad Request): no",
      hint: null,
    },
  });
});

test("control characters of a peer's choice do not reach the terminal", () => {
  const scope = [{ mid: 1, "target-fqdn": ["\u001b]0;owned\u0007\u001b[2Jx\u009b1m\n"] }];
  const text = mitigationsText({
    code: "2.05",
    accepted: true,
    payload: { "ietf-dots-signal-channel:mitigation-scope": { scope } },
    rttMs: 1,
    transmissions: 1,
  });
  assert.doesNotMatch(text.replaceAll("\n  ", ""), /\p{Cc}/u);
});
