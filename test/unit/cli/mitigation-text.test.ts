import assert from "node:assert/strict";
import { test } from "node:test";
import {
  mitigationDetails,
  mitigationSentence,
  refusalHint,
  refusalSentence,
  renewalText,
} from "../../../agent/cli/mitigation-text.ts";
import type { Mitigation } from "../../../agent/control/contract.ts";
import { aMitigation, SAMPLE_INSTANT } from "../../support/control-samples.ts";

process.env["TZ"] = "UTC";

const AT = SAMPLE_INSTANT;
const NOW = Date.parse(AT) + 12_000;
const DROPPED = { bps: 3.14e9, pps: 412_345, bytes: 5.2e10, pkts: 1_234_567 };
const REFUSAL = { code: "4.00", words: "not yours", conflictCause: null, retryAfterS: null };

const sentences: readonly { is: Partial<Mitigation>; text: string }[] = [
  {
    is: {},
    text: "Asking Northline to filter traffic to Shop; it has not answered, for 12 seconds now.",
  },
  {
    is: { awaiting: { what: "session", since: AT } },
    text: "Asking Northline to filter traffic to Shop; there is no session with it, for 12 seconds now.",
  },
  {
    is: { awaiting: { what: "retry", since: AT }, refusal: { ...REFUSAL, words: "busy" } },
    text: "Asking Northline to filter traffic to Shop: busy; it is to be asked again later, for 12 seconds now.",
  },
  {
    is: { phase: "accepted", awaiting: null },
    text: "Northline is preparing to filter traffic to Shop.",
  },
  {
    is: { phase: "filtering", awaiting: null, dropped: DROPPED, toldAt: AT },
    text: "Northline is filtering traffic to Shop; 3.1 Gbit/s dropped.",
  },
  {
    is: {
      phase: "filtering",
      awaiting: null,
      dropped: DROPPED,
      toldAt: "2030-01-01T11:58:12.000Z",
    },
    text: "Northline is filtering traffic to Shop; 3.1 Gbit/s dropped, as of 2 minutes ago.",
  },
  {
    is: { phase: "accepted", awaiting: null, toldAt: "2030-01-01T11:59:40.000Z" },
    text: "Northline is preparing to filter traffic to Shop, as of 32 seconds ago.",
  },
  {
    is: { phase: "attack-over", awaiting: null },
    text: "Northline says that the attack on Shop is over.",
  },
  {
    is: { phase: "withdrawing" },
    text: "Telling Northline to stop filtering traffic to Shop; it has not answered, for 12 seconds now.",
  },
  {
    is: { phase: "refused", awaiting: null, refusal: REFUSAL, outcome: "refused" },
    text: "Northline refused to filter traffic to Shop: not yours.",
  },
  {
    is: {
      phase: "refused",
      awaiting: null,
      refusal: REFUSAL,
      outcome: "refused",
      acceptedAt: AT,
    },
    text: "Northline no longer filters traffic to Shop, and refused to do so again: not yours.",
  },
  {
    is: { phase: "ended", awaiting: null, outcome: "withdrawn", endedAt: AT },
    text: "The request for Shop was withdrawn at 12:00.",
  },
  {
    is: { phase: "ended", awaiting: null, outcome: "terminated", endedAt: AT },
    text: "Northline ended its filtering of traffic to Shop at 12:00.",
  },
  {
    is: { phase: "ended", awaiting: null, outcome: "expired", endedAt: AT },
    text: "The help of Northline for Shop ran out at 12:00.",
  },
  {
    is: { phase: "accepted", awaiting: null, targets: ["a", "b", "c", "d", "e"] },
    text: "Northline is preparing to filter traffic to a, b, c and 2 more.",
  },
  {
    is: { phase: "accepted", awaiting: null, provider: "N\u{1b}[2J", targets: ["<b>\n"] },
    text: "N�[2J is preparing to filter traffic to <b>�.",
  },
];

for (const { is, text } of sentences) {
  test(text, () => assert.equal(mitigationSentence(aMitigation(is), NOW), text));
}

test("a refusal is told with its code and the provider's words", () => {
  assert.equal(
    refusalSentence(aMitigation({ refusal: REFUSAL })),
    "Northline refused (4.00): not yours",
  );
  const conflict = { ...REFUSAL, code: "4.09", words: null, conflictCause: "overlapping-targets" };
  assert.equal(
    refusalSentence(aMitigation({ refusal: conflict })),
    "Northline refused (4.09): overlapping targets",
  );
});

const hints: readonly { refusal: Partial<typeof REFUSAL> | object; hint: RegExp }[] = [
  { refusal: {}, hint: /ask your provider/ },
  { refusal: { conflictCause: "overlapping-targets" }, hint: /Withdraw the other/ },
  { refusal: { retryAfterS: 300 }, hint: /again in 5 minutes/ },
];

for (const { refusal, hint } of hints) {
  test(`what can be done about ${JSON.stringify(refusal)}`, () => {
    const mitigation = aMitigation({ refusal: { ...REFUSAL, ...refusal } });
    assert.match(refusalHint(mitigation) ?? "", hint);
  });
}

test("the details of a mitigation are complete", () => {
  const mitigation = aMitigation({
    phase: "filtering",
    awaiting: null,
    kind: "practice",
    scope: {
      "target-prefix": ["203.0.113.7/32", "2001:db8::1/128", "198.51.100.0/28"],
      "target-port-range": [{ "lower-port": 443 }, { "lower-port": 1000, "upper-port": 2000 }],
      "target-protocol": [6, 99],
      "target-fqdn": ["www.example.com"],
    },
    status: 2,
    statusText: "attack-successfully-mitigated",
    lifetimeLeftS: 3000,
    renewsAt: "2030-01-01T12:40:12.000Z",
    dropped: DROPPED,
    toldAt: AT,
    sentAt: AT,
    acceptedAt: AT,
    filteringAt: AT,
  });
  assert.equal(
    mitigationDetails(mitigation, NOW),
    `Practice: Northline is filtering traffic to Shop; 3.1 Gbit/s dropped.
  id             m1
  provider       Northline (filters nothing)
  targets        Shop
  asked for      203.0.113.7, 2001:db8::1, 198.51.100.0/28, www.example.com; port 443, 1000-2000, TCP, protocol 99
  mid            1
  status         2 attack-successfully-mitigated
  lifetime       1 hour, 50 minutes left
  renews itself  in 40 minutes
  dropped        3.1 Gbit/s and 410,000 packets/s now; 52 GB and 1,234,567 packets in all
  last word      12 seconds ago
  requested      12:00
  sent           12:00
  accepted       12:00
  filtering      12:00
`,
  );
});

test("a refusal for good is shown where help goes on to its end", () => {
  const mitigation = aMitigation({
    phase: "filtering",
    awaiting: null,
    refusal: REFUSAL,
    lifetimeLeftS: 3000,
  });
  assert.equal(
    renewalText(mitigation, NOW),
    "It will not be renewed, and is over in 50 minutes: not yours.",
  );
  const details = mitigationDetails(mitigation, NOW);
  assert.match(details, /^ {2}renews itself {2}it will not be renewed$/m);
  assert.match(details, /^ {2}refusal {8}4\.00: not yours$/m);
});

test("a refusal for now says when it is asked for again", () => {
  const mitigation = aMitigation({
    phase: "filtering",
    awaiting: { what: "retry", since: AT },
    refusal: { ...REFUSAL, code: "5.03", words: "busy", retryAfterS: 60 },
    renewsAt: "2030-01-01T12:01:12.000Z",
  });
  assert.equal(
    renewalText(mitigation, NOW),
    "It was not renewed: busy; it is asked for again in 1 minute.",
  );
  assert.match(mitigationDetails(mitigation, NOW), /^ {2}refusal {8}5\.03: busy$/m);
});

for (const phase of ["asking", "withdrawing", "refused", "ended"] as const) {
  test(`nothing is renewed while it is ${phase}`, () => {
    assert.equal(renewalText(aMitigation({ phase, refusal: REFUSAL }), NOW), "");
  });
}

for (const phase of ["refused", "ended"] as const) {
  test(`what is ${phase} has no status, and nothing is dropped now`, () => {
    const details = mitigationDetails(
      aMitigation({
        phase,
        awaiting: null,
        status: 2,
        statusText: "attack-successfully-mitigated",
        dropped: DROPPED,
        endedAt: AT,
      }),
      NOW,
    );
    assert.doesNotMatch(details, /status|mitigated|now/);
    assert.match(details, /^ {2}dropped {8}52 GB and 1,234,567 packets in all$/m);
  });
}
