import assert from "node:assert/strict";
import { test } from "node:test";
import {
  IDLE,
  linkStateOf,
  PROBE_EVERY_MS,
  step,
  type LinkEffect,
  type LinkInput,
  type LinkPhase,
} from "../../../../renderer/api/link-machine.ts";

function run(inputs: readonly LinkInput[]): { phase: LinkPhase; effects: LinkEffect[] } {
  let phase: LinkPhase = IDLE;
  const effects: LinkEffect[] = [];
  for (const input of inputs) {
    const [next, more] = step(phase, input);
    phase = next;
    effects.push(...more);
  }
  return { phase, effects };
}

const START: LinkInput = { tag: "start" };
const OPENED: LinkInput = { tag: "opened" };
const DUE: LinkInput = { tag: "due" };
const failed = (at: number): LinkInput => ({ tag: "failed", why: "no-agent", at });
const ended = (at: number): LinkInput => ({ tag: "ended", why: "no-agent", at });

test("dials as soon as it starts, and once", () => {
  assert.deepEqual(run([START, START]).effects, [{ tag: "dial" }]);
});

test("tries again ever later, but never later than after two seconds", () => {
  const inputs = [START, ...Array.from({ length: 6 }, (_, at) => [failed(at), DUE]).flat()];
  const delays = run(inputs).effects.flatMap((effect) =>
    effect.tag === "arm" ? [effect.delayMs] : [],
  );
  assert.deepEqual(delays, [250, 500, 1000, 2000, 2000, 2000]);
});

test("an agent that is found again is dialled quickly the next time", () => {
  const { effects } = run([START, failed(1), DUE, failed(2), DUE, OPENED, ended(9)]);
  assert.deepEqual(effects.at(-1), { tag: "arm", delayMs: 250 });
});

test("the agent is lost since it first was", () => {
  const { phase } = run([START, OPENED, ended(100), DUE, failed(900), DUE]);
  assert.deepEqual(linkStateOf(phase), { tag: "lost", why: "no-agent", since: 100 });
});

test("why it is lost is what was last seen", () => {
  const { phase } = run([START, failed(100), DUE, { tag: "failed", why: "signed-out", at: 900 }]);
  assert.deepEqual(linkStateOf(phase), { tag: "lost", why: "signed-out", since: 100 });
});

test("a quiet connection is asked now and then", () => {
  const { phase, effects } = run([START, OPENED, DUE, { tag: "answered" }]);
  const probe = { tag: "arm", delayMs: PROBE_EVERY_MS };
  assert.deepEqual(effects, [{ tag: "dial" }, probe, { tag: "probe" }, probe]);
  assert.deepEqual(linkStateOf(phase), { tag: "up" });
});

test("one that does not answer is given up", () => {
  const { phase, effects } = run([START, OPENED, DUE, { tag: "silent", at: 5 }]);
  assert.deepEqual(effects.slice(-2), [{ tag: "hang-up" }, { tag: "arm", delayMs: 250 }]);
  assert.deepEqual(linkStateOf(phase), { tag: "lost", why: "no-agent", since: 5 });
});

const late: readonly (readonly [name: string, before: readonly LinkInput[], input: LinkInput])[] = [
  ["an answer to nothing", [START, OPENED], { tag: "answered" }],
  ["silence that nobody waits for", [START, OPENED], { tag: "silent", at: 1 }],
  ["a dial that succeeds after it was given up", [START, failed(1)], OPENED],
  ["a failure after success", [START, OPENED], failed(1)],
  ["the end of a connection that is being dialled", [START], ended(1)],
];

for (const [name, before, input] of late) {
  test(`${name} changes nothing`, () => {
    const { phase } = run(before);
    assert.deepEqual(step(phase, input), [phase, []]);
  });
}
