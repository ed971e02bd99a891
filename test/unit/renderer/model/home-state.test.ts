import assert from "node:assert/strict";
import { test } from "node:test";
import { homeState, type HomeFacts } from "../../../../renderer/model/home-state.ts";
import type { ActionName, StateName, Tone } from "../../../../renderer/model/situation.ts";
import {
  before,
  ended,
  facts,
  filtering,
  NOW,
  practice,
  refused,
  session,
  silent,
} from "../facts.ts";

process.env["TZ"] = "UTC";

interface Row {
  readonly name: string;
  readonly facts: HomeFacts;
  readonly state: StateName;
  readonly tone: Tone;
  readonly sentence: string;
  readonly steps: readonly ActionName[];
}

const asking = filtering({
  phase: "asking",
  dropped: null,
  toldAt: null,
  acceptedAt: null,
  filteringAt: null,
  awaiting: { what: "answer", since: before(12) },
});

const rows: readonly Row[] = [
  {
    name: "before anything is known",
    facts: { ...facts({}), link: { tag: "connecting" }, status: undefined },
    state: "connecting",
    tone: "idle",
    sentence: "Looking for Mayday's agent",
    steps: [],
  },
  {
    name: "the agent is lost",
    facts: facts(
      { sessions: [session()] },
      { link: { tag: "lost", why: "no-agent", since: NOW - 12_000 } },
    ),
    state: "no-agent",
    tone: "bad",
    sentence: "Mayday's agent is not running",
    steps: [],
  },
  {
    name: "the page's login is too old",
    facts: facts({}, { link: { tag: "lost", why: "signed-out", since: NOW } }),
    state: "signed-out",
    tone: "bad",
    sentence: "This page needs a new link",
    steps: [],
  },
  {
    name: "an agent of another version",
    facts: facts({}, { link: { tag: "lost", why: "other-version", since: NOW } }),
    state: "other-version",
    tone: "bad",
    sentence: "Mayday's agent has another version than this page",
    steps: ["reload"],
  },
  {
    name: "nothing set up",
    facts: facts({}),
    state: "not-set-up",
    tone: "idle",
    sentence: "Nobody to call yet",
    steps: ["find-provider", "try-practice"],
  },
  {
    name: "ready",
    facts: facts({ sessions: [session()] }),
    state: "ready",
    tone: "ok",
    sentence: "Ready. Northline is listening",
    steps: ["get-help"],
  },
  {
    name: "only practice",
    facts: facts({ sessions: [session(practice)] }),
    state: "ready-practice",
    tone: "ok",
    sentence: "Practice: nothing real is filtered",
    steps: ["practise-help", "set-up-real"],
  },
  {
    name: "a session that begins",
    facts: facts({ sessions: [session({ state: "connecting", since: before(3) })] }),
    state: "connecting",
    tone: "act",
    sentence: "Connecting to Northline",
    steps: ["get-help-anyway"],
  },
  {
    name: "a session that does not come about",
    facts: facts({
      sessions: [session({ state: "connecting", since: before(70), heartbeat: { lastAt: null } })],
    }),
    state: "degraded",
    tone: "warn",
    sentence: "Northline has not answered for 1 minute. Trying again",
    steps: ["diagnose", "get-help-anyway"],
  },
  {
    name: "one heartbeat missed",
    facts: facts({ sessions: [session({ heartbeat: { missedInARow: 1 } })] }),
    state: "degraded",
    tone: "warn",
    sentence: "Northline did not answer the last heartbeat",
    steps: ["diagnose", "get-help-anyway"],
  },
  {
    name: "two heartbeats missed",
    facts: facts({ sessions: [session({ heartbeat: { missedInARow: 2 } })] }),
    state: "degraded",
    tone: "warn",
    sentence: "Northline did not answer the last 2 heartbeats",
    steps: ["diagnose", "get-help-anyway"],
  },
  {
    name: "silence",
    facts: facts({ sessions: [silent] }),
    state: "degraded",
    tone: "warn",
    sentence: "Northline has not answered for 3 minutes. Trying again",
    steps: ["diagnose", "get-help-anyway"],
  },
  {
    name: "a key that is not accepted",
    facts: facts({
      sessions: [session({ state: "down", fault: { code: "key-refused", message: "" } })],
    }),
    state: "degraded",
    tone: "bad",
    sentence: "Northline does not accept your key",
    steps: ["diagnose", "get-help-anyway"],
  },
  {
    name: "asked",
    facts: facts({ sessions: [session()], mitigations: [asking] }),
    state: "asked",
    tone: "act",
    sentence: "Asking Northline for help",
    steps: ["cancel"],
  },
  {
    name: "asked while nobody is there",
    facts: facts({
      sessions: [silent],
      mitigations: [{ ...asking, awaiting: { what: "session", since: before(12) } }],
    }),
    state: "asked",
    tone: "warn",
    sentence: "Your request is kept. Northline has not answered for 3 minutes. Trying again",
    steps: ["diagnose", "cancel"],
  },
  {
    name: "asked while the connection begins",
    facts: facts({
      sessions: [session({ state: "connecting", since: before(3) })],
      mitigations: [{ ...asking, awaiting: { what: "session", since: before(3) } }],
    }),
    state: "asked",
    tone: "warn",
    sentence: "Your request is kept. Northline cannot be reached yet",
    steps: ["cancel"],
  },
  {
    name: "asked with a key that is not accepted",
    facts: facts({
      sessions: [session({ state: "down", fault: { code: "key-refused", message: "" } })],
      mitigations: [{ ...asking, awaiting: { what: "session", since: before(12) } }],
    }),
    state: "asked",
    tone: "warn",
    sentence: "Your request is kept. Northline does not accept your key",
    steps: ["diagnose", "cancel"],
  },
  {
    name: "accepted",
    facts: facts({
      sessions: [session()],
      mitigations: [filtering({ phase: "accepted", filteringAt: null, dropped: null })],
    }),
    state: "accepted",
    tone: "act",
    sentence: "Northline is preparing to filter",
    steps: ["stop"],
  },
  {
    name: "filtering",
    facts: facts({ sessions: [session()], mitigations: [filtering()] }),
    state: "filtering",
    tone: "act",
    sentence: "Northline is filtering traffic to Shop",
    steps: ["stop"],
  },
  {
    name: "filtering, as long as anybody knows",
    facts: facts({ sessions: [silent], mitigations: [filtering({ toldAt: before(200) })] }),
    state: "degraded",
    tone: "warn",
    sentence: "Northline has not answered for 3 minutes. Trying again",
    steps: ["diagnose", "stop"],
  },
  {
    name: "filtering in practice",
    facts: facts({
      sessions: [session(practice)],
      mitigations: [filtering({ provider: "Practice provider", kind: "practice" })],
    }),
    state: "filtering",
    tone: "act",
    sentence: "Practice: acting as if traffic to Shop were filtered",
    steps: ["stop"],
  },
  {
    name: "the attack is over",
    facts: facts({ sessions: [session()], mitigations: [filtering({ phase: "attack-over" })] }),
    state: "attack-over",
    tone: "ok",
    sentence: "Northline says that the attack is over",
    steps: ["stop"],
  },
  {
    name: "stopping",
    facts: facts({ sessions: [session()], mitigations: [filtering({ phase: "withdrawing" })] }),
    state: "stopping",
    tone: "act",
    sentence: "Stopping. Waiting for Northline to confirm",
    steps: [],
  },
  {
    name: "refused",
    facts: facts({ sessions: [session()], ended: [refused()] }),
    state: "refused",
    tone: "bad",
    sentence: "Northline refused: not in your contract",
    steps: ["choose-other-targets", "put-aside"],
  },
  {
    name: "stopped by the user",
    facts: facts({ sessions: [session()], ended: [ended()] }),
    state: "ended",
    tone: "ok",
    sentence: "Filtering ended at 13:59",
    steps: ["get-help-again", "put-aside"],
  },
  {
    name: "stopped before it began",
    facts: facts({ sessions: [session()], ended: [ended({ filteringAt: null })] }),
    state: "ended",
    tone: "ok",
    sentence: "Your request was stopped at 13:59",
    steps: ["get-help-again", "put-aside"],
  },
  {
    name: "run out",
    facts: facts({ sessions: [session()], ended: [ended({ outcome: "expired" })] }),
    state: "ended",
    tone: "warn",
    sentence: "Filtering ended at 13:59: its time ran out",
    steps: ["get-help-again", "put-aside"],
  },
  {
    name: "ended by the provider",
    facts: facts({ sessions: [session()], ended: [ended({ outcome: "terminated" })] }),
    state: "ended",
    tone: "warn",
    sentence: "Northline ended the filtering at 13:59",
    steps: ["get-help-again", "put-aside"],
  },
];

for (const { name, facts: given, ...expected } of rows) {
  test(name, () => {
    const { state, tone, sentence, nextSteps } = homeState(given);
    const steps = nextSteps.map(({ action }) => action);
    assert.deepEqual({ state, tone, sentence, steps }, expected);
  });
}

test("at most one step stands out", () => {
  for (const row of rows) {
    const main = homeState(row.facts).nextSteps.filter(({ primary }) => primary);
    assert.ok(main.length <= 1, row.name);
  }
});

test("no sentence changes within a minute while nothing happens", () => {
  for (const row of rows) {
    const later = homeState({ ...row.facts, now: NOW + 1000 });
    assert.equal(later.sentence, homeState(row.facts).sentence, row.name);
  }
});

test("what is filtered says how much, for how long, and until when", () => {
  const { details } = homeState(facts({ sessions: [session()], mitigations: [filtering()] }));
  assert.deepEqual(details, [
    "3.1 Gbit/s dropped",
    "for 12 minutes",
    "renews itself in 41 minutes",
  ]);
});

test("a number that is half a minute old says so", () => {
  const detailsAt = (age: number) =>
    homeState(facts({ sessions: [session()], mitigations: [filtering({ toldAt: before(age) })] }))
      .details[0];
  assert.equal(detailsAt(29), "3.1 Gbit/s dropped");
  assert.equal(detailsAt(30), "3.1 Gbit/s dropped, as told 30 seconds ago");
});

test("what is left of a lifetime goes down while nothing is told", () => {
  const given = facts({
    sessions: [session()],
    mitigations: [filtering({ renewsAt: null, lifetimeLeftS: 300 })],
  });
  assert.ok(homeState(given).details.includes("ends in 5 minutes unless renewed"));
  const later = homeState({ ...given, now: NOW + 90_000 });
  assert.ok(later.details.includes("ends in 3 minutes unless renewed"));
});

test("a wait says what for and since when", () => {
  const { details } = homeState(facts({ sessions: [session()], mitigations: [asking] }));
  assert.deepEqual(details.slice(0, 2), [
    "For Shop",
    "Waiting for the answer since 13:59:48, 12 seconds ago",
  ]);
});

test("ready says when it last heard and what can be asked for", () => {
  const { details } = homeState(
    facts({ sessions: [session()] }, { targets: ["Shop", "Mail", "Telephone"] }),
  );
  assert.deepEqual(details, ["Last heartbeat 4 seconds ago", "You can ask for Shop and 2 more"]);
});

test("a name is text, whatever it holds", () => {
  const provider = "<img src=x onerror=alert(1)>";
  const { sentence } = homeState(facts({ sessions: [session({ provider })] }));
  assert.equal(sentence, `Ready. ${provider} is listening`);
});

const NOTHING = "Mayday keeps trying; nothing is needed from you";
const CALL = "If you are under attack now, call your provider";
const advices = [
  ["silent", NOTHING, CALL],
  ["closed", NOTHING, CALL],
  ["unreachable", CALL, NOTHING],
  ["key-refused", CALL, NOTHING],
  ["name-not-found", CALL, NOTHING],
  ["not-dots", CALL, NOTHING],
] as const;

for (const [code, said, unsaid] of advices) {
  test(`who waits is told what is true of a provider that is ${code}`, () => {
    const sessions = [session({ state: "down", fault: { code, message: "" } })];
    for (const mitigation of [asking, filtering()]) {
      const { details } = homeState(facts({ sessions, mitigations: [mitigation] }));
      assert.ok(details.includes(said), details.join("; "));
      assert.ok(!details.includes(unsaid), details.join("; "));
    }
  });
}
