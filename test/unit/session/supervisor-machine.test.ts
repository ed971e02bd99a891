import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionFault } from "../../../agent/session/session-fault.ts";
import {
  INITIAL_SUPERVISOR,
  step,
  type Memory,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
} from "../../../agent/session/supervisor-machine.ts";
import { ACTIVE, DOWN_HOLDING, MINUTE, STOOD, TRY_BESIDE, WAITING } from "./supervisor-states.ts";

/** As long ago as no session yet. */
const NEVER: Memory = { ...STOOD, fleeting: 0, upAt: undefined };

const CONNECTING: SupervisorState = { tag: "connecting", memory: NEVER, held: false };
const HOLDING: SupervisorState = { tag: "connecting", memory: STOOD, held: true };
const DOWN: SupervisorState = { tag: "down", memory: NEVER, held: false, next: 90_000 };
const TRYING: SupervisorState = { tag: "degraded", memory: STOOD, next: undefined };
const CLOSED: SupervisorState = { tag: "closed" };

const FIRST_TRY: readonly SupervisorEffect[] = [
  { tag: "disarm" },
  { tag: "try", again: false, beside: false },
];
const TRY_AGAIN: readonly SupervisorEffect[] = [
  { tag: "disarm" },
  { tag: "try", again: true, beside: false },
];

function arm(delayMs: number): SupervisorEffect {
  return { tag: "arm", delayMs };
}

function failed(fault: SessionFault, jitter = 0, at = 1000): SupervisorInput {
  return { tag: "failed", at, fault, jitter };
}

function lost(orderly: boolean, at: number, jitter = 0): SupervisorInput {
  return { tag: "lost", at, orderly, jitter };
}

const table: readonly {
  name: string;
  from: SupervisorState;
  input: SupervisorInput;
  to: SupervisorState["tag"];
  effects: readonly SupervisorEffect[];
}[] = [
  {
    name: "begins with a try",
    from: INITIAL_SUPERVISOR,
    input: { tag: "due", at: 0 },
    to: "connecting",
    effects: FIRST_TRY,
  },
  {
    name: "puts the session to use that a try has made",
    from: CONNECTING,
    input: { tag: "up", at: 500 },
    to: "active",
    effects: [{ tag: "adopt" }],
  },
  {
    name: "waits 2 s after the first try of all",
    from: CONNECTING,
    input: failed("unreachable"),
    to: "down",
    effects: [arm(2000)],
  },
  {
    name: "stretches a wait by chance",
    from: CONNECTING,
    input: failed("unreachable", 0.5),
    to: "down",
    effects: [arm(2500)],
  },
  {
    name: "is slower where the key is refused",
    from: CONNECTING,
    input: failed("key-refused"),
    to: "down",
    effects: [arm(15_000)],
  },
  {
    name: "is slower where the name has no address",
    from: CONNECTING,
    input: failed("name-not-found"),
    to: "down",
    effects: [arm(15_000)],
  },
  {
    name: "waits a minute after a try that was to replace a session [RFC 9132 §4.7]",
    from: { ...CONNECTING, memory: STOOD },
    input: failed("unreachable"),
    to: "down",
    effects: [arm(MINUTE)],
  },
  {
    name: "tries when the time has come",
    from: DOWN,
    input: { tag: "due", at: 90_000 },
    to: "connecting",
    effects: FIRST_TRY,
  },
  {
    name: "tries at once when somebody asks",
    from: DOWN,
    input: { tag: "kick", at: 5000 },
    to: "connecting",
    effects: FIRST_TRY,
  },
  {
    name: "does not try twice at once",
    from: CONNECTING,
    input: { tag: "kick", at: 5000 },
    to: "connecting",
    effects: [],
  },
  {
    name: "bears one missed heartbeat",
    from: ACTIVE,
    input: { tag: "missed", at: MINUTE, inARow: 1 },
    to: "active",
    effects: [],
  },
  {
    name: "tries beside the session once two are missed in a row",
    from: ACTIVE,
    input: { tag: "missed", at: MINUTE, inARow: 2 },
    to: "degraded",
    effects: TRY_BESIDE,
  },
  {
    name: "tries beside it when a request was not answered, and asks for a sign",
    from: ACTIVE,
    input: { tag: "unanswered", at: 1000 },
    to: "degraded",
    effects: [...TRY_BESIDE, { tag: "probe" }],
  },
  {
    name: "waits with that where sessions go bad one after another",
    from: { tag: "active", memory: { ...STOOD, fleeting: 2 } },
    input: { tag: "missed", at: 20_000, inARow: 2 },
    to: "degraded",
    effects: [arm(40_000)],
  },
  {
    name: "waits with that after a try that failed a moment ago [RFC 9132 §4.7]",
    from: { tag: "active", memory: { ...STOOD, notBefore: 70_000 } },
    input: { tag: "unanswered", at: 30_000 },
    to: "degraded",
    effects: [arm(40_000), { tag: "probe" }],
  },
  {
    name: "forgets bad sessions after ten good minutes",
    from: { tag: "active", memory: { ...STOOD, fleeting: 5 } },
    input: { tag: "missed", at: 10 * MINUTE, inARow: 2 },
    to: "degraded",
    effects: TRY_BESIDE,
  },
  {
    name: "gives the new session up when the old one answers [RFC 9132 §4.7]",
    from: TRYING,
    input: { tag: "answered" },
    to: "active",
    effects: [{ tag: "abandon" }],
  },
  {
    name: "waits no more when the old one answers",
    from: WAITING,
    input: { tag: "answered" },
    to: "active",
    effects: [{ tag: "disarm" }],
  },
  {
    name: "swaps when the new session stands",
    from: TRYING,
    input: { tag: "up", at: 500 },
    to: "active",
    effects: [{ tag: "adopt" }],
  },
  {
    name: "stays with the old one when the new one fails, and waits a minute [RFC 9132 §4.7]",
    from: TRYING,
    input: failed("unreachable"),
    to: "degraded",
    effects: [arm(MINUTE)],
  },
  {
    name: "tries beside it again when the time has come",
    from: WAITING,
    input: { tag: "due", at: 90_000 },
    to: "degraded",
    effects: TRY_BESIDE,
  },
  {
    name: "tries beside it when somebody asks",
    from: WAITING,
    input: { tag: "kick", at: 5000 },
    to: "degraded",
    effects: TRY_BESIDE,
  },
  {
    name: "does nothing for whoever asks while all is well",
    from: ACTIVE,
    input: { tag: "kick", at: 5000 },
    to: "active",
    effects: [],
  },
  {
    name: "holds a silent session while it tries [RFC 9132 §4.7]",
    from: WAITING,
    input: { tag: "silent", at: 80_000 },
    to: "connecting",
    effects: TRY_BESIDE,
  },
  {
    name: "holds a silent session and goes on with the try that is under way",
    from: TRYING,
    input: { tag: "silent", at: 80_000 },
    to: "connecting",
    effects: [],
  },
  {
    name: "holds a silent session and waits where it tried a moment ago [RFC 9132 §4.7]",
    from: { tag: "degraded", memory: { ...STOOD, notBefore: 85_000 }, next: 140_000 },
    input: { tag: "silent", at: 80_000 },
    to: "down",
    effects: [arm(5000)],
  },
  {
    name: "still holds it when the try fails",
    from: HOLDING,
    input: failed("unreachable"),
    to: "down",
    effects: [arm(MINUTE)],
  },
  {
    name: "takes it up again when it answers, whatever is under way",
    from: HOLDING,
    input: { tag: "answered" },
    to: "active",
    effects: [{ tag: "abandon" }],
  },
  {
    name: "takes it up again when it answers while it waits",
    from: DOWN_HOLDING,
    input: { tag: "answered" },
    to: "active",
    effects: [{ tag: "disarm" }],
  },
  {
    name: "swaps a silent session, too",
    from: HOLDING,
    input: { tag: "up", at: 500 },
    to: "active",
    effects: [{ tag: "adopt" }],
  },
  {
    name: "replaces at once a session that lasted",
    from: ACTIVE,
    input: lost(false, 20 * MINUTE),
    to: "connecting",
    effects: [{ tag: "drop" }, ...TRY_AGAIN],
  },
  {
    name: "waits 2 s after the server's goodbye",
    from: ACTIVE,
    input: lost(true, 20 * MINUTE),
    to: "down",
    effects: [{ tag: "drop" }, arm(2000)],
  },
  {
    name: "waits longer the more sessions did not last",
    from: { tag: "active", memory: { ...STOOD, fleeting: 3 } },
    input: lost(true, 5000),
    to: "down",
    effects: [{ tag: "drop" }, arm(8000)],
  },
  {
    name: "goes on with the try when the old session ends",
    from: TRYING,
    input: lost(false, 5000),
    to: "connecting",
    effects: [{ tag: "drop" }],
  },
  {
    name: "tries sooner when a server that was silent says goodbye: it lives",
    from: DOWN_HOLDING,
    input: lost(true, 50_000),
    to: "down",
    effects: [{ tag: "drop" }, arm(2000)],
  },
  {
    name: "does not wait longer for that",
    from: DOWN_HOLDING,
    input: lost(true, 89_000),
    to: "down",
    effects: [{ tag: "drop" }, arm(1000)],
  },
  {
    name: "has no session to lose while it waits for the first",
    from: DOWN,
    input: lost(true, 5000),
    to: "down",
    effects: [],
  },
  {
    name: "does not care for a heartbeat of a session that is gone",
    from: DOWN,
    input: { tag: "answered" },
    to: "down",
    effects: [],
  },
];

for (const { name, from, input, to, effects } of table) {
  test(`it ${name}`, () => {
    const [state, told] = step(from, input);
    assert.equal(state.tag, to);
    assert.deepEqual(told, effects);
  });
}

for (const state of [INITIAL_SUPERVISOR, CONNECTING, HOLDING, ACTIVE, TRYING, WAITING, DOWN]) {
  test(`closing ends everything from ${state.tag}`, () => {
    assert.deepEqual(step(state, { tag: "close" }), [{ tag: "closed" }, [{ tag: "end" }]]);
  });
}

test("nothing happens after the end", () => {
  const inputs: readonly SupervisorInput[] = [
    { tag: "due", at: 0 },
    { tag: "kick", at: 0 },
    { tag: "late", at: 0 },
    { tag: "up", at: 0 },
    failed("internal"),
    { tag: "answered" },
    { tag: "missed", at: 0, inARow: 9 },
    { tag: "unanswered", at: 0 },
    { tag: "silent", at: 0 },
    lost(false, 0),
    { tag: "close" },
  ];
  for (const input of inputs) assert.deepEqual(step(CLOSED, input), [CLOSED, []]);
});

test("whoever asks is heard once a second", () => {
  const [asked] = step(DOWN, { tag: "kick", at: 5000 });
  const [refused] = step(asked, failed("unreachable", 0, 5100));
  const [soon, nothing] = step(refused, { tag: "kick", at: 5999 });
  assert.deepEqual([soon, nothing], [refused, []]);
  const [again, effects] = step(refused, { tag: "kick", at: 6000 });
  assert.equal(again.tag, "connecting");
  assert.deepEqual(effects, FIRST_TRY);
});
