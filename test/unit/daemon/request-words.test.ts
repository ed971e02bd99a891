import assert from "node:assert/strict";
import { test } from "node:test";
import type { News } from "../../../agent/daemon/request-state.ts";
import { activityOf, targetsText } from "../../../agent/daemon/request-words.ts";
import type { StoredRequest } from "../../../agent/store/agent-store.ts";

const KEPT: StoredRequest = {
  id: 3,
  providerId: "p-1",
  provider: "NetGuard",
  kind: "provider",
  mid: 7,
  targets: ["Web shop"],
  scope: { "target-prefix": ["203.0.113.7/32"] },
  lifetimeS: 600,
  requestKey: null,
  phase: "filtering",
  status: 2,
  expiresAtMs: null,
  requestedAtMs: 0,
  sentAtMs: 1000,
  acceptedAtMs: 1250,
  filteringAtMs: null,
  endedAtMs: null,
  refusal: null,
  outcome: null,
};

const refusal = { code: "4.09", words: null, conflictCause: "cuid-collision", retryAfterS: null };

const CASES: readonly (readonly [News, string, string])[] = [
  [{ tag: "requested" }, "mitigation-requested info", "You asked NetGuard to protect Web shop."],
  [
    { tag: "accepted", answer: undefined },
    "mitigation-accepted good",
    "NetGuard accepted to protect Web shop.",
  ],
  [
    { tag: "filtering", exceeded: false },
    "mitigation-filtering good",
    "NetGuard is filtering for Web shop.",
  ],
  [
    { tag: "filtering", exceeded: true },
    "mitigation-filtering warn",
    "NetGuard is filtering for Web shop, but the attack is larger than it can take.",
  ],
  [
    { tag: "refused", refusal: { ...refusal, words: "not yours" }, fate: "final" },
    "mitigation-refused bad",
    "NetGuard refused to protect Web shop: not yours.",
  ],
  [
    { tag: "refused", refusal, fate: "retried" },
    "mitigation-refused warn",
    "NetGuard cannot protect Web shop now; it is asked again later.",
  ],
  [
    { tag: "refused", refusal: { ...refusal, words: "not yours" }, fate: "dropped" },
    "mitigation-refused bad",
    "NetGuard does not protect Web shop any more, and refused to do so again: not yours.",
  ],
  [
    { tag: "ended", why: "withdrawn" },
    "mitigation-ended info",
    "NetGuard has stopped protecting Web shop.",
  ],
  [
    { tag: "ended", why: "terminated" },
    "mitigation-ended warn",
    "NetGuard ended the protection of Web shop.",
  ],
];

for (const [news, kind, text] of CASES) {
  test(`says "${text}"`, () => {
    const entry = activityOf(KEPT, news, 5000);
    assert.equal(`${entry.kind} ${entry.severity}`, kind);
    assert.equal(entry.text, text);
    assert.deepEqual([entry.atMs, entry.provider, entry.request], [5000, "NetGuard", 3]);
    assert.equal(entry.details["mid"], 7);
  });
}

test("an answer's figures are for an engineer", () => {
  const answer = { code: "2.01", rttMs: 12.3456, transmissions: 2, lifetimeS: 600 };
  const { details } = activityOf(KEPT, { tag: "accepted", answer }, 0);
  assert.deepEqual(details, {
    mid: 7,
    tookMs: 250,
    code: "2.01",
    rttMs: 12.3,
    transmissions: 2,
    lifetimeS: 600,
  });
});

const TARGETS: readonly (readonly [readonly string[], string])[] = [
  [["a"], "a"],
  [["a", "b"], "a and b"],
  [["a", "b", "c"], "a, b and c"],
  [["a", "b", "c", "d"], "a, b, c and d"],
  [["a", "b", "c", "d", "e"], "a, b, c and 2 more"],
];

for (const [targets, text] of TARGETS) {
  test(`${targets.length} targets: ${text}`, () => assert.equal(targetsText(targets), text));
}
