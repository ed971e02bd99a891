import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionSentence, statusText } from "../../../agent/cli/status-text.ts";
import type { Session } from "../../../agent/control/contract.ts";
import { aMitigation, aSession, aStatus, SAMPLE_INSTANT } from "../../support/control-samples.ts";

process.env["TZ"] = "UTC";

const AT = SAMPLE_INSTANT;
const NOW = Date.parse(AT) + 12_000;
const { heartbeat } = aSession();
const FAULT = { code: "unreachable", message: "nobody answers at 203.0.113.1" } as const;

const sentences: readonly { is: Partial<Session>; text: string }[] = [
  { is: {}, text: "Ready. Northline is listening, and answered 12 seconds ago in 19 ms." },
  {
    is: { rttMs: 3.14 },
    text: "Ready. Northline is listening, and answered 12 seconds ago in 3.1 ms.",
  },
  {
    is: { heartbeat: { ...heartbeat, missedInARow: 1 } },
    text: "Northline is listening, but did not answer the last heartbeat.",
  },
  {
    is: { heartbeat: { ...heartbeat, lastAt: null } },
    text: "Ready. Northline is listening.",
  },
  {
    is: { kind: "practice", provider: "Practice provider" },
    text: "Practice: Practice provider is listening, and answered 12 seconds ago in 19 ms. Nothing real is filtered.",
  },
  {
    is: { state: "connecting" },
    text: "Connecting to Northline at coaps://dots.example.net:4646, for 12 seconds now.",
  },
  {
    is: {
      state: "degraded",
      heartbeat: { ...heartbeat, missedInARow: 3, lastAt: "2030-01-01T11:57:12.000Z" },
    },
    text: "Northline has not answered for 3 minutes. Trying again.",
  },
  {
    is: { state: "down", fault: FAULT, nextTryAt: "2030-01-01T12:00:20.000Z" },
    text: "No session with Northline for 12 seconds. Nobody answers at 203.0.113.1. Trying again in 8 seconds.",
  },
  {
    is: { state: "down", provider: "N\u{7}", fault: { ...FAULT, message: "a\u{1b}[2J." } },
    text: "No session with N� for 12 seconds. A�[2J.",
  },
];

for (const { is, text } of sentences) {
  test(text, () => assert.equal(sessionSentence(aSession(is), NOW), text));
}

test("a certificate that is about to be over, or is, is told below its provider", () => {
  const told = (certificate: Session["certificate"]): string | undefined =>
    statusText(aStatus({ sessions: [aSession({ certificate })] }), NOW).split("\n")[1];
  const expiresAt = "2030-01-11T12:00:12.000Z";
  assert.match(told({ state: "valid", expiresAt }) ?? "", /^Mayday/);
  assert.equal(
    told({ state: "expiring", expiresAt }),
    "  Our certificate there expires on 2030-01-11, in 10 days: ask the provider for a new one.",
  );
  assert.equal(
    told({ state: "expired", expiresAt: "2029-12-31T00:00:00.000Z" }),
    "  Our certificate there expired on 2029-12-31: ask the provider for a new one.",
  );
});

test("nothing set up: what to do", () => {
  assert.equal(
    statusText(aStatus(), NOW),
    `Nobody to call yet.
  Add your provider: mayday provider add --help
  Try it out with a practice provider: mayday provider add --practice
Mayday 0.1.0, up 1 minute, 50 MB of memory.
`,
  );
});

test("the worst provider comes first, then what is filtered, with how to stop it", () => {
  const status = aStatus({
    sessions: [
      aSession(),
      aSession({ provider: "Southline", state: "down", providerId: "p2" }),
      aSession({ provider: "Eastline", state: "degraded", providerId: "p3" }),
    ],
    mitigations: [
      aMitigation({ phase: "filtering", awaiting: null, renewsAt: "2030-01-01T12:12:12.000Z" }),
      aMitigation({ id: "m2", phase: "withdrawing" }),
      aMitigation({
        id: "m3",
        phase: "filtering",
        awaiting: null,
        refusal: { code: "4.00", words: "not yours", conflictCause: null, retryAfterS: null },
        lifetimeLeftS: 3000,
      }),
    ],
  });
  assert.equal(
    statusText(status, NOW),
    `No session with Southline for 12 seconds.
Eastline has not answered for 12 seconds. Trying again.
Ready. Northline is listening, and answered 12 seconds ago in 19 ms.
Northline is filtering traffic to Shop.
  Renews itself in 12 minutes. Stop it: mayday mitigation withdraw m1
Telling Northline to stop filtering traffic to Shop; it has not answered, for 12 seconds now.
Northline is filtering traffic to Shop.
  It will not be renewed, and is over in 50 minutes: not yours. Stop it: mayday mitigation withdraw m3
Mayday 0.1.0, up 1 minute, 50 MB of memory.
`,
  );
});
