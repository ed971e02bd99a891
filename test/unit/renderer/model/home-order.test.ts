import assert from "node:assert/strict";
import { test } from "node:test";
import { homeState, type HomeFacts } from "../../../../renderer/model/home-state.ts";
import type { StateName } from "../../../../renderer/model/situation.ts";
import { before, ended, facts, filtering, practice, refused, session, silent } from "../facts.ts";

const other = (more: Parameters<typeof session>[0] = {}) =>
  session({ provider: "Southline", providerId: "p3", ...more });

interface Order {
  readonly name: string;
  readonly facts: HomeFacts;
  readonly states: readonly StateName[];
}

const orders: readonly Order[] = [
  {
    name: "a provider that is silent comes before one that is ready",
    facts: facts({ sessions: [session(), other({ state: "down" })] }),
    states: ["degraded", "ready"],
  },
  {
    name: "a refusal comes before a mitigation that runs",
    facts: facts({
      sessions: [session(), other()],
      mitigations: [filtering()],
      ended: [refused({ id: "m2", provider: "Southline" })],
    }),
    states: ["refused", "filtering"],
  },
  {
    name: "an old refusal comes after a mitigation that runs",
    facts: facts({
      sessions: [session(), other()],
      mitigations: [filtering()],
      ended: [refused({ id: "m2", provider: "Southline", endedAt: before(130) })],
    }),
    states: ["filtering", "refused"],
  },
  {
    name: "what runs comes before a spare provider that fails",
    facts: facts({ sessions: [other({ state: "down" }), session()], mitigations: [filtering()] }),
    states: ["filtering", "degraded"],
  },
  {
    name: "a provider that refused and then fell silent is told of twice",
    facts: facts({ sessions: [silent], ended: [refused()] }),
    states: ["refused", "degraded"],
  },
  {
    name: "a silent practice provider does not hide a real one that is ready",
    facts: facts({ sessions: [session({ ...practice, state: "down" }), session()] }),
    states: ["ready", "degraded"],
  },
  {
    name: "a practice run is shown before a real provider that is well",
    facts: facts({
      sessions: [session(), session(practice)],
      mitigations: [filtering({ provider: "Practice provider", kind: "practice" })],
    }),
    states: ["filtering", "ready"],
  },
  {
    name: "a real problem is shown before a practice run",
    facts: facts({
      sessions: [silent, session(practice)],
      mitigations: [filtering({ provider: "Practice provider", kind: "practice" })],
    }),
    states: ["degraded", "filtering"],
  },
  {
    name: "a session of which a request speaks is not told of twice",
    facts: facts({ sessions: [silent], mitigations: [filtering()] }),
    states: ["degraded"],
  },
  {
    name: "after an end one sees how it stands now",
    facts: facts({ sessions: [session()], ended: [ended()] }),
    states: ["ended", "ready"],
  },
];

for (const { name, facts: given, states } of orders) {
  test(name, () => {
    const { state, others } = homeState(given);
    assert.deepEqual([state, ...others.map((one) => one.state)], states);
  });
}

test("providers that are all ready share one sentence", () => {
  const state = homeState(facts({ sessions: [session(), other()] }));
  assert.equal(state.sentence, "Ready. Northline and Southline are listening");
  assert.deepEqual(state.others, []);
});

const news: readonly (readonly [name: string, facts: HomeFacts, state: StateName])[] = [
  [
    "an end that the user wanted is news for ten minutes",
    facts({ sessions: [session()], ended: [ended({ endedAt: before(601) })] }),
    "ready",
  ],
  [
    "one that nobody here wanted for an hour",
    facts({ sessions: [session()], ended: [ended({ outcome: "expired", endedAt: before(3599) })] }),
    "ended",
  ],
  [
    "what was put aside is no news",
    facts({ sessions: [session()], ended: [refused()] }, { putAside: new Set(["m1"]) }),
    "ready",
  ],
  [
    "a newer request to the same provider overtakes an end",
    facts({
      sessions: [session()],
      mitigations: [filtering({ id: "m2", requestedAt: before(10) })],
      ended: [refused()],
    }),
    "filtering",
  ],
];

for (const [name, given, state] of news) {
  test(name, () => assert.equal(homeState(given).state, state));
}

test("the trouble of a provider is said once, whatever was asked of it", () => {
  const mitigations = [filtering(), filtering({ id: "m2", targets: ["Mail"] })];
  const { sentence, others } = homeState(facts({ sessions: [silent], mitigations }));
  assert.match(sentence, /has not answered/);
  assert.equal(others.length, 1);
  assert.match(others[0]?.sentence ?? "", /^When it last answered, .* traffic to Mail$/);
});

test("help of a provider that is ready stands out beside another's trouble", () => {
  const { nextSteps } = homeState(facts({ sessions: [session(), other({ state: "down" })] }));
  assert.deepEqual(
    nextSteps.map(({ action, primary }) => [action, primary]),
    [
      ["get-help", true],
      ["diagnose", false],
    ],
  );
});
