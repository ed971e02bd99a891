import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address, Millis } from "../../../agent/net/ports.ts";
import {
  raceAddresses,
  type RaceOutcome,
  type Tried,
} from "../../../agent/session/address-race.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DELAY_MS = 250;

/** What becomes of an address: after how long, and whether it answers something before. */
interface Fate {
  readonly afterMs: Millis;
  readonly end: "won" | "lost" | "decisive";
  readonly heardMs?: Millis;
  /** Goes on when another one has won. */
  readonly deaf?: boolean;
}

interface Run {
  readonly clock: VirtualClock;
  /** When each address was begun with. */
  readonly begun: readonly Millis[];
  /** Addresses that were told to stop before they had ended. */
  readonly stopped: readonly number[];
  readonly discarded: readonly number[];
  readonly outcome: () => RaceOutcome<number, number> | undefined;
}

function race(fates: readonly Fate[], signal?: AbortSignal): Run {
  const clock = new VirtualClock();
  const begun: Millis[] = [];
  const stopped: number[] = [];
  const discarded: number[] = [];
  let outcome: RaceOutcome<number, number> | undefined;
  const addresses = fates.map((_, i): Address => ({ family: 4, host: `192.0.2.${i}`, port: 1 }));
  const attempt = (
    to: Address,
    stop: AbortSignal,
    heard: () => void,
  ): Promise<Tried<number, number>> => {
    const index = addresses.indexOf(to);
    const fate = fates[index];
    assert.ok(fate !== undefined);
    begun.push(clock.now());
    if (fate.heardMs !== undefined) clock.after(fate.heardMs, heard);
    return new Promise((resolve) => {
      const timer = clock.after(fate.afterMs, () => {
        stop.removeEventListener("abort", giveUp);
        const lost = { tag: "lost", lost: index, decisive: fate.end === "decisive" } as const;
        resolve(fate.end === "won" ? { tag: "won", won: index } : lost);
      });
      const giveUp = (): void => {
        stopped.push(index);
        if (fate.deaf === true) return;
        timer.cancel();
        resolve({ tag: "lost", lost: index, decisive: false });
      };
      stop.addEventListener("abort", giveUp);
    });
  };
  void raceAddresses(
    clock,
    addresses,
    { attempt, discard: (won) => discarded.push(won) },
    { delayMs: DELAY_MS, signal },
  ).then((ended) => (outcome = ended));
  return { clock, begun, stopped, discarded, outcome: () => outcome };
}

const table: readonly {
  name: string;
  fates: readonly Fate[];
  outcome: RaceOutcome<number, number>;
  begun: readonly Millis[];
  stopped: readonly number[];
}[] = [
  {
    name: "one address wins alone",
    fates: [{ afterMs: 100, end: "won" }],
    outcome: { tag: "won", won: 0, losses: [] },
    begun: [0],
    stopped: [],
  },
  {
    name: "a quick first leaves the others alone",
    fates: [
      { afterMs: 100, end: "won" },
      { afterMs: 1, end: "won" },
    ],
    outcome: { tag: "won", won: 0, losses: [] },
    begun: [0],
    stopped: [],
  },
  {
    name: "a silent first costs the second a moment only",
    fates: [
      { afterMs: 30_000, end: "lost" },
      { afterMs: 100, end: "won" },
    ],
    outcome: { tag: "won", won: 1, losses: [] },
    begun: [0, DELAY_MS],
    stopped: [0],
  },
  {
    name: "a first that fails costs nothing",
    fates: [
      { afterMs: 10, end: "lost" },
      { afterMs: 100, end: "won" },
    ],
    outcome: { tag: "won", won: 1, losses: [0] },
    begun: [0, 10],
    stopped: [],
  },
  {
    name: "one that answers is waited for longer",
    fates: [
      { afterMs: 1500, end: "won", heardMs: 200 },
      { afterMs: 100, end: "won" },
    ],
    outcome: { tag: "won", won: 0, losses: [] },
    begun: [0],
    stopped: [],
  },
  {
    name: "but not for ever",
    fates: [
      { afterMs: 30_000, end: "lost", heardMs: 200 },
      { afterMs: 100, end: "won" },
    ],
    outcome: { tag: "won", won: 1, losses: [] },
    begun: [0, 2200],
    stopped: [0],
  },
  {
    name: "all lose: told in the order of the addresses",
    fates: [
      { afterMs: 900, end: "lost" },
      { afterMs: 10, end: "lost" },
      { afterMs: 100, end: "lost" },
    ],
    outcome: { tag: "lost", losses: [0, 1, 2] },
    begun: [0, 250, 260],
    stopped: [],
  },
  {
    name: "one that decides ends the others",
    fates: [
      { afterMs: 30_000, end: "won" },
      { afterMs: 10, end: "decisive" },
      { afterMs: 10, end: "won" },
    ],
    outcome: { tag: "lost", losses: [1] },
    begun: [0, 250],
    stopped: [0],
  },
  {
    name: "no address at all is lost",
    fates: [],
    outcome: { tag: "lost", losses: [] },
    begun: [],
    stopped: [],
  },
];

for (const { name, fates, outcome, begun, stopped } of table) {
  test(name, async () => {
    const run = race(fates);
    await run.clock.advance(60_000);
    assert.deepEqual(run.outcome(), outcome);
    assert.deepEqual(run.begun, begun);
    assert.deepEqual(run.stopped, stopped);
    assert.equal(run.clock.pending, 0);
  });
}

test("of two that win, the second is not wanted", async () => {
  const run = race([
    { afterMs: 1000, end: "won", deaf: true },
    { afterMs: 500, end: "won" },
  ]);
  await run.clock.advance(60_000);
  assert.deepEqual(run.outcome(), { tag: "won", won: 1, losses: [] });
  assert.deepEqual(run.discarded, [0]);
});

test("given up, it ends with every attempt, and begins none", async () => {
  const abort = new AbortController();
  const run = race(
    [
      { afterMs: 30_000, end: "won" },
      { afterMs: 30_000, end: "won" },
      { afterMs: 30_000, end: "won" },
    ],
    abort.signal,
  );
  await run.clock.advance(300);
  abort.abort();
  await run.clock.advance(0);
  assert.equal(run.outcome()?.tag, "lost");
  assert.deepEqual(run.stopped, [0, 1]);
  assert.deepEqual(run.begun, [0, DELAY_MS]);
  assert.equal(run.clock.pending, 0);
});

test("given up before it began, it does nothing", async () => {
  const run = race([{ afterMs: 1, end: "won" }], AbortSignal.abort());
  await run.clock.advance(1000);
  assert.deepEqual(run.outcome(), { tag: "lost", losses: [] });
  assert.deepEqual(run.begun, []);
});
