import assert from "node:assert/strict";
import { test } from "node:test";
import {
  keepMitigation,
  type KeeperEvent,
  type KeptMitigation,
} from "../../../../agent/dots/client/keep-mitigation.ts";
import {
  step,
  type KeeperInput,
  type KeeperState,
} from "../../../../agent/dots/client/mitigation-keeper.ts";
import type { SignalResult } from "../../../../agent/dots/client/signal-result.ts";
import type { MitigationScope } from "../../../../agent/wire/cbor/types.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const ASKING: KeeperState = { tag: "asking", expiresAt: undefined };
const REFRESHING: KeeperState = { tag: "asking", expiresAt: 3_600_000 };

const table: readonly {
  name: string;
  from: KeeperState;
  input: KeeperInput;
  to: KeeperState["tag"];
  effects: readonly object[];
}[] = [
  {
    name: "asks at once",
    from: { tag: "idle" },
    input: { tag: "start" },
    to: "asking",
    effects: [{ tag: "ask" }],
  },
  {
    name: "refreshes at half of the granted lifetime",
    from: ASKING,
    input: { tag: "granted", at: 0, lifetimeS: 3600 },
    to: "kept",
    effects: [{ tag: "arm", delayMs: 1_800_000 }],
  },
  {
    name: "never refreshes what is without end",
    from: ASKING,
    input: { tag: "granted", at: 0, lifetimeS: -1 },
    to: "kept",
    effects: [],
  },
  {
    name: "does not spin on a lifetime of a second",
    from: ASKING,
    input: { tag: "granted", at: 0, lifetimeS: 1 },
    to: "kept",
    effects: [{ tag: "arm", delayMs: 1000 }],
  },
  {
    name: "asks again when the timer fires",
    from: { tag: "kept", expiresAt: 9 },
    input: { tag: "timer" },
    to: "asking",
    effects: [{ tag: "ask" }],
  },
  {
    name: "asks soon again after the first request was not answered",
    from: ASKING,
    input: { tag: "unanswered", at: 10_000 },
    to: "waiting",
    effects: [{ tag: "arm", delayMs: 3000 }],
  },
  {
    name: "asks sooner the less lifetime is left",
    from: REFRESHING,
    input: { tag: "unanswered", at: 3_600_000 - 80_000 },
    to: "waiting",
    effects: [{ tag: "arm", delayMs: 10_000 }],
  },
  {
    name: "waits a minute at the longest",
    from: REFRESHING,
    input: { tag: "unanswered", at: 0 },
    to: "waiting",
    effects: [{ tag: "arm", delayMs: 60_000 }],
  },
  {
    name: "goes on after the lifetime is over",
    from: REFRESHING,
    input: { tag: "unanswered", at: 3_700_000 },
    to: "waiting",
    effects: [{ tag: "arm", delayMs: 3000 }],
  },
  {
    name: "ends when refused for good",
    from: REFRESHING,
    input: { tag: "refused", at: 0, retryAfterS: undefined },
    to: "ended",
    effects: [{ tag: "disarm" }],
  },
  {
    name: "waits as long as the server says",
    from: REFRESHING,
    input: { tag: "refused", at: 0, retryAfterS: 120 },
    to: "waiting",
    effects: [{ tag: "arm", delayMs: 120_000 }],
  },
  {
    name: "stops",
    from: REFRESHING,
    input: { tag: "stop" },
    to: "ended",
    effects: [{ tag: "disarm" }],
  },
  {
    name: "stays ended",
    from: { tag: "ended" },
    input: { tag: "start" },
    to: "ended",
    effects: [],
  },
  {
    name: "ignores an answer that it does not wait for",
    from: { tag: "kept", expiresAt: 1 },
    input: { tag: "granted", at: 0, lifetimeS: 5 },
    to: "kept",
    effects: [],
  },
];

for (const { name, from, input, to, effects } of table) {
  test(`a keeper ${name} [RFC 9132 §4.4.1.3]`, () => {
    const [state, done] = step(from, input);
    assert.equal(state.tag, to);
    assert.deepEqual(done, effects);
  });
}

const SCOPE: MitigationScope = { "target-prefix": ["203.0.113.0/28"], lifetime: 3600 };

function result(code: string, extra: Partial<SignalResult> = {}): SignalResult {
  return { code, accepted: code.startsWith("2"), rttMs: 1, transmissions: 1, ...extra };
}

function granted(code: string, lifetime: number): SignalResult {
  const payload = {
    "ietf-dots-signal-channel:mitigation-scope": { scope: [{ mid: 7, lifetime }] },
  };
  return result(code, { payload });
}

test("a kept mitigation is refreshed with the same mid and scope before it ends", async () => {
  const clock = new VirtualClock();
  const asked: { at: number; mid: number; scope: MitigationScope }[] = [];
  const events: KeeperEvent[] = [];
  const client = {
    requestMitigation: (mid: number, scope: MitigationScope): Promise<SignalResult> => {
      asked.push({ at: clock.now(), mid, scope });
      if (asked.length === 3) return Promise.reject(new Error("lost"));
      return Promise.resolve(granted(asked.length === 1 ? "2.01" : "2.04", 600));
    },
  };
  const kept = keepMitigation({ clock }, client, { mid: 7, scope: SCOPE }, (event) =>
    events.push(event),
  );
  await clock.advance(700_000);
  kept.stop();
  await clock.advance(3_600_000);
  assert.deepEqual(
    asked.map(({ at }) => at),
    [0, 300_000, 600_000, 637_500],
  );
  assert.ok(asked.every(({ mid, scope }) => mid === 7 && scope === SCOPE));
  assert.deepEqual(
    events.map(({ tag }) => tag),
    ["granted", "granted", "unanswered", "granted"],
  );
  assert.equal(kept.state, "ended");
});

const refusals: readonly {
  name: string;
  result: SignalResult;
  final: boolean;
  afterMs?: number;
}[] = [
  { name: "4.00", result: result("4.00"), final: true },
  { name: "4.04 with Max-Age", result: result("4.04", { maxAgeS: 5 }), final: true },
  { name: "5.03 with Max-Age", result: result("5.03", { maxAgeS: 5 }), final: false },
  { name: "5.03", result: result("5.03"), final: false, afterMs: 60_000 },
  { name: "5.00", result: result("5.00"), final: false, afterMs: 60_000 },
  {
    name: "5.00 with Max-Age",
    result: result("5.00", { maxAgeS: 7 }),
    final: false,
    afterMs: 7000,
  },
  { name: "5.04", result: result("5.04"), final: false, afterMs: 60_000 },
  { name: "4.29", result: result("4.29"), final: false, afterMs: 60_000 },
  { name: "Max-Age 0", result: result("5.03", { maxAgeS: 0 }), final: false, afterMs: 1000 },
  {
    name: "the longest Max-Age",
    result: result("5.03", { maxAgeS: 2 ** 32 - 1 }),
    final: false,
    afterMs: 3_600_000,
  },
  {
    name: "4.09 with retry-timer",
    result: result("4.09", {
      payload: {
        "ietf-dots-signal-channel:mitigation-scope": {
          scope: [{ "conflict-information": { "retry-timer": "5" } }],
        },
      },
    }),
    final: false,
  },
];

for (const { name, result: refusal, final, afterMs = 5000 } of refusals) {
  const fate = final ? "ends it" : `is asked again after ${afterMs / 1000} s`;
  test(`${name} ${fate} [RFC 9132 §4.4.1.3] [RFC 7252 §5.10.5]`, async () => {
    const clock = new VirtualClock();
    const events: KeeperEvent[] = [];
    let asked = 0;
    const client = {
      requestMitigation: (): Promise<SignalResult> =>
        Promise.resolve(asked++ === 0 ? refusal : granted("2.01", 600)),
    };
    const mitigation = { mid: 7, scope: SCOPE };
    const kept = keepMitigation({ clock }, client, mitigation, (event) => events.push(event));
    await clock.advance(afterMs - 1);
    assert.equal(asked, 1);
    assert.deepEqual(events, [{ tag: "refused", result: refusal, final }]);
    assert.equal(kept.nextAskAt, final ? undefined : afterMs);
    await clock.advance(1);
    assert.equal(asked, final ? 1 : 2);
  });
}

test("a keeper tells when it asks next, and nothing while it asks", async () => {
  const clock = new VirtualClock();
  const answers = [granted("2.01", 600), new Error("lost"), granted("2.04", -1)];
  const started: { kept?: KeptMitigation } = {};
  let whileAsking: number | undefined = -1;
  const client = {
    requestMitigation: (): Promise<SignalResult> => {
      whileAsking = started.kept?.nextAskAt;
      const answer = answers.shift();
      return answer instanceof Error || answer === undefined
        ? Promise.reject(answer ?? new Error("asked once too often"))
        : Promise.resolve(answer);
    },
  };
  const kept = keepMitigation({ clock }, client, { mid: 7, scope: SCOPE }, () => undefined);
  started.kept = kept;
  await clock.advance(1);
  assert.equal(kept.nextAskAt, 300_000);
  await clock.advance(299_999);
  assert.equal(whileAsking, undefined);
  assert.equal(kept.nextAskAt, 337_500, "after the refresh was lost");
  await clock.advance(40_000);
  assert.equal(kept.nextAskAt, undefined, "without end there is nothing to refresh");
  kept.stop();
});
