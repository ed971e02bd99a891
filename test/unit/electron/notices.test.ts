import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Mitigation, Session, Status } from "../../../agent/control/contract.ts";
import { Notifier } from "../../../electron/main/notifier.ts";
import { noticesOf } from "../../../electron/main/notices.ts";
import type { Notice, Seen } from "../../../electron/main/notices.ts";
import { aMitigation, aSession } from "../../support/control-samples.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { ended, ready } from "./samples.ts";

/** The titles of what is told while the statuses come, one after the other. */
function told(...statuses: readonly Status[]): string[] {
  let seen: Seen | undefined;
  return statuses.flatMap((one) => {
    const [now, notices] = noticesOf(seen, one);
    seen = now;
    return notices.map(({ title }) => title);
  });
}

describe("what is news of a request", () => {
  type Part = Pick<Status, "mitigations"> | Pick<Status, "ended">;
  const live = (change: Partial<Mitigation>): Part => ({ mitigations: [aMitigation(change)] });
  const over = (one: Mitigation): Part => ({ ended: [one] });
  const refusal = { code: "4.03", words: "not yours", conflictCause: null, retryAfterS: null };
  const refused = aMitigation({ phase: "refused", refusal, outcome: "refused" });
  const none: Part = { mitigations: [] };

  const cases: readonly [string, readonly Part[], readonly string[]][] = [
    ["nothing the first time", [live({ phase: "filtering" })], []],
    ["asking is what the user did", [none, live({ phase: "asking" })], []],
    [
      "accepted, then filtering",
      [live({ phase: "asking" }), live({ phase: "accepted" }), live({ phase: "filtering" })],
      ["Northline is preparing to filter", "Northline is filtering"],
    ],
    [
      "each once",
      [none, live({ phase: "filtering" }), live({ phase: "filtering" })],
      ["Northline is filtering"],
    ],
    ["refused", [live({ phase: "asking" }), over(refused)], ["Northline refused"]],
    ["refused before it was seen", [none, over(refused)], ["Northline refused"]],
    [
      "the attack is over",
      [live({ phase: "filtering" }), live({ phase: "attack-over" })],
      ["Northline says that the attack is over"],
    ],
    [
      "withdrawing is what the user did",
      [live({ phase: "filtering" }), live({ phase: "withdrawing" }), over(ended("withdrawn"))],
      [],
    ],
    [
      "ended by the provider",
      [live({ phase: "filtering" }), over(ended("terminated"))],
      ["Northline ended the filtering"],
    ],
    [
      "ran out",
      [live({ phase: "filtering" }), over(ended("expired"))],
      ["Northline no longer filters: the time ran out"],
    ],
    ["one that ended before it was seen is old", [none, over(ended("terminated"))], []],
    ["practice is no news", [none, live({ phase: "filtering", kind: "practice" })], []],
  ];
  for (const [title, parts, titles] of cases) {
    test(title, () => assert.deepEqual(told(...parts.map((part) => ready(part))), titles));
  }

  test("says for what it was, and quotes the provider's words as text", () => {
    const [seen] = noticesOf(undefined, ready());
    const words = "<b>no</b>";
    const one = aMitigation({
      phase: "refused",
      targets: ["Shop", "Mail", "DNS", "VPN"],
      refusal: { ...refusal, words },
    });
    const [, [notice]] = noticesOf(seen, ready({ mitigations: [one] }));
    assert.equal(notice?.body, "Shop, Mail and 2 more: “<b>no</b>”");
  });
});

describe("what is news of a session", () => {
  const LOST = "Northline does not answer any more";
  const BACK = "Northline answers again";
  const cases: readonly [string, readonly Session["state"][], readonly string[]][] = [
    ["it comes up the first time", ["connecting", "active"], []],
    ["it never comes up", ["connecting", "down", "connecting", "down"], []],
    ["missed heartbeats are shown, not told", ["active", "degraded", "active"], []],
    ["it is lost, once", ["active", "down", "connecting", "down"], [LOST]],
    ["and back", ["active", "down", "connecting", "active"], [LOST, BACK]],
    ["a new agent connects again", ["active", "connecting", "active"], []],
    ["lost while degraded", ["degraded", "down"], [LOST]],
  ];
  for (const [title, states, titles] of cases) {
    test(title, () => {
      const statuses = states.map((state) => ready({ sessions: [aSession({ state })] }));
      assert.deepEqual(told(...statuses), titles);
    });
  }

  test("practice is none, and one that was removed is forgotten", () => {
    const practice = (state: Session["state"]) =>
      ready({ sessions: [aSession({ state, kind: "practice" })] });
    assert.deepEqual(told(practice("active"), practice("down")), []);
    const lost = ready({ sessions: [aSession({ state: "down" })] });
    assert.deepEqual(told(ready(), ready({ sessions: [] }), lost), []);
  });
});

describe("showing them", () => {
  interface Lab {
    readonly clock: VirtualClock;
    readonly notifier: Notifier;
    readonly shown: string[];
    readonly closed: string[];
    watched: boolean;
    opened: number;
    /** Requests m1 to mN in one phase. */
    tell(phase: Mitigation["phase"], count: number): void;
  }

  function lab(): Lab {
    const clock = new VirtualClock();
    const shown: string[] = [];
    const closed: string[] = [];
    const show = ({ about, title }: Notice, onClick: () => void) => {
      shown.push(`${about} ${title.replace("Northline ", "")}`);
      onClick();
      return { close: () => void closed.push(about) };
    };
    const state = { watched: false, opened: 0 };
    const notifier = new Notifier({
      clock,
      show,
      isWatched: () => state.watched,
      openWindow: () => void (state.opened += 1),
    });
    const tell: Lab["tell"] = (phase, count) => {
      const some = Array.from({ length: count }, (_, i) => aMitigation({ id: `m${i + 1}`, phase }));
      notifier.tell(ready({ mitigations: some }));
    };
    return Object.assign(state, { clock, notifier, shown, closed, tell });
  }

  test("a click opens the window", () => {
    const one = lab();
    one.tell("asking", 1);
    one.tell("filtering", 1);
    assert.deepEqual([one.shown, one.opened], [["m1 is filtering"], 1]);
  });

  test("a newer one takes the place of the older one about the same thing", () => {
    const { closed, tell } = lab();
    tell("asking", 1);
    tell("accepted", 1);
    tell("filtering", 1);
    assert.deepEqual(closed, ["m1"]);
  });

  test("nothing while the user looks at the window, and nothing of it later", () => {
    const one = lab();
    one.tell("asking", 1);
    one.watched = true;
    one.tell("accepted", 1);
    one.watched = false;
    one.tell("accepted", 1);
    assert.deepEqual(one.shown, []);
    one.tell("filtering", 1);
    assert.deepEqual(one.shown, ["m1 is filtering"]);
  });

  test("four a minute; the others wait, and only their newest word is told", async () => {
    const { clock, shown, tell } = lab();
    tell("asking", 6);
    tell("accepted", 6);
    assert.equal(shown.length, 4);
    tell("filtering", 6);
    await clock.advance(59_000);
    assert.equal(shown.length, 4);
    await clock.advance(1000);
    assert.equal(shown.length, 8);
    assert.ok(shown.slice(4).every((line) => line.endsWith("is filtering")));
    await clock.advance(60_000);
    assert.deepEqual(
      shown.slice(4).toSorted(),
      [1, 2, 3, 4, 5, 6].map((n) => `m${n} is filtering`),
    );
    assert.equal(clock.pending, 0);
  });

  test("nothing after the end", async () => {
    const { clock, notifier, shown, tell } = lab();
    tell("asking", 6);
    tell("accepted", 6);
    notifier.close();
    await clock.advance(120_000);
    assert.equal(shown.length, 4);
    assert.equal(clock.pending, 0);
  });
});
