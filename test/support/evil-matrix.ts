/** The negative matrix as tests: a table of faults, the victim of each, and what has to come of it. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { HandshakeType } from "../../agent/wire/dtls/handshake.ts";
import { MODES, nameOf, repeating, skipping, swapping } from "./evil-changes.ts";
import { againstClient } from "./evil-against-client.ts";
import { againstServer } from "./evil-against-server.ts";
import { FAMILIES, type Family, type FamilyName } from "./evil-families.ts";
import { DATA, type Verdict } from "./evil-verdict.ts";
import { HONEST, type EvilPeer, type Line, type Plot } from "./evil-peer.ts";

/** Who has to stand the evil peer. */
export type Victim = "client" | "server";

/** What has to come of a fault. */
export interface Outcome {
  /**
   * `refused`: no session, and no data. `ignored`: the session comes about, for the fault is none, or none that DTLS
   * may take for one: such as a repetition. `not resumed`: the same, by a full handshake.
   */
  readonly tag: "refused" | "ignored" | "not resumed";
  /** The alert that has to go out, by name; `silence` for none, `any` where the evil peer may not be able to read it. */
  readonly alert: string;
}

/** One row: what is done wrong in which handshakes. */
export interface Case {
  readonly families: readonly FamilyName[];
  readonly message: string;
  readonly what: string;
  readonly plot: Plot;
  readonly outcome: Outcome;
  /** What the victim gets first, once there is a session: data that had to wait for it. */
  readonly early?: string;
  /** What else happens once the handshake is over. */
  readonly afterwards?: (peer: EvilPeer) => void;
}

/** No session; this alert. */
export function refused(alert: string): Outcome {
  return { tag: "refused", alert };
}

/** A session, as if nothing were. */
export const IGNORED: Outcome = { tag: "ignored", alert: "silence" };

/** A session, by a full handshake. */
export const NOT_RESUMED: Outcome = { tag: "not resumed", alert: "silence" };

const RUN = { client: againstClient, server: againstServer };
const tally = new Map<Outcome["tag"], number>();

/** Tests of the whole table, with a line on how many there were at the end. */
export function matrix(victim: Victim, groups: Readonly<Record<string, readonly Case[]>>): void {
  for (const [group, cases] of Object.entries(groups)) {
    describe(`${victim}: ${group}`, () => {
      for (const one of cases) {
        for (const name of one.families) check(victim, FAMILIES[name], one);
      }
    });
  }
  after(() => {
    const parts = [...tally].map(([tag, count]) => `${count} ${tag}`);
    const all = [...tally.values()].reduce((sum, count) => sum + count, 0);
    console.log(`negative matrix, the ${victim} as victim: ${all} cases (${parts.join(", ")})`);
  });
}

function check(victim: Victim, family: Family, one: Case): void {
  const { message, what, plot, outcome } = one;
  const title = `${victim}, ${family.name}: ${message} ${what} is ${outcome.tag}`;
  test(title, async () => {
    tally.set(outcome.tag, (tally.get(outcome.tag) ?? 0) + 1);
    const watched = watching(plot);
    const verdict = await RUN[victim](family, watched.plot, (peer) => one.afterwards?.(peer));
    hold(verdict, one, family);
    assert.ok(watched.carriedOut(), "nothing of the plot was carried out");
  });
}

/** The plot, and whether it has changed anything that was said. */
function watching(plot: Plot): { readonly plot: Plot; carriedOut(): boolean } {
  let changed = plot.change === HONEST.change; // then what is wrong is elsewhere
  const change: Plot["change"] = (flight, round, peer) => {
    const lines = plot.change(flight, round, peer);
    changed ||= lines.length !== flight.length || lines.some((line, i) => line !== flight[i]);
    return lines;
  };
  return { plot: { ...plot, change }, carriedOut: () => changed };
}

function hold(verdict: Verdict, { outcome, early }: Case, family: Family): void {
  const { tag, alert } = outcome;
  const { established, resumed, delivered, returned, alerts, pending, reason } = verdict;
  assert.equal(established, tag !== "refused", reason);
  if (established) {
    assert.deepEqual(delivered, early === undefined ? [DATA] : [early, DATA]);
    assert.ok(returned.includes(DATA), "the session carries data");
    assert.equal(resumed, tag === "ignored" && family.resumed !== undefined);
  } else assert.deepEqual([delivered, returned], [[], []]);
  if (alert === "silence") assert.deepEqual(alerts, [], reason);
  else if (alert !== "any") assert.deepEqual([...new Set(alerts)], [alert], reason);
  assert.equal(pending, 0, "timers or packets are left");
}

/** Every message of every family, skipped, said twice and exchanged with the next, in each way. */
export async function sequences(victim: Victim): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (const [name, family] of Object.entries(FAMILIES)) {
    const families = [name as FamilyName]; // a key of that object
    for (const [round, flight] of (await honest(victim, family)).entries()) {
      for (const index of flight.keys()) {
        cases.push(
          ...MODES.flatMap((mode) => around(flight, { family, families, round, index, mode })),
        );
      }
    }
  }
  return cases;
}

/** The flights of the peer when it does nothing wrong, by round. */
async function honest(victim: Victim, family: Family): Promise<readonly (readonly Line[])[]> {
  const rounds: (readonly Line[])[] = [[], [], []];
  const change = (flight: readonly Line[], round: number): readonly Line[] => {
    rounds[round] = flight;
    return flight;
  };
  const { established } = await RUN[victim](family, { mode: "proved", change });
  assert.ok(established, `${family.name}, unchanged`);
  return rounds;
}

interface Spot {
  readonly family: Family;
  readonly families: readonly FamilyName[];
  readonly round: number;
  readonly index: number;
  readonly mode: Plot["mode"];
}

function around(flight: readonly Line[], spot: Spot): readonly Case[] {
  const { round, index, mode, families, family } = spot;
  const line = flight[index];
  if (!line) return [];
  const message = nameOf(line);
  const next = flight[index + 1];
  const row = (what: string, plot: Plot, outcome: Outcome | undefined): readonly Case[] =>
    outcome
      ? [{ families, message, what: `${what} (${mode}, flight ${round})`, plot, outcome }]
      : [];
  return [
    ...row("skipped", skipping(mode, round, index), ofSkip(message, flight, { family, mode })),
    ...row(
      "said twice",
      repeating(mode, round, index),
      ofRepeat(message, flight, { family, mode }),
    ),
    ...(next
      ? row(
          `after ${nameOf(next)}`,
          swapping(mode, round, index),
          ofSwap(message, nameOf(next), { family, mode }),
        )
      : []),
  ];
}

type Manner = Pick<Spot, "family" | "mode">;

/** A Finished waits for it; where it stands, and how often, is the network's doing as well. [RFC 5246 §7.4.9] [RFC 6347 §4.1] */
const CCS = "ChangeCipherSpec";
/** After these the victim waits for what it cannot do without. */
const WAITS: ReadonlySet<string> = new Set([
  "Finished",
  "ServerHelloDone",
  "ClientHello",
  "HelloVerifyRequest",
]);

function ofSkip(message: string, flight: readonly Line[], { family, mode }: Manner): Outcome {
  if (message === CCS) return refused("silence");
  if (mode === "on the wire" || WAITS.has(message)) return refused("silence");
  if (message === "CertificateRequest") return refused("handshake_failure");
  // A hint may be left out. [RFC 4279 §2]
  if (message === "ServerKeyExchange" && family.hint !== undefined) {
    return mode === "proved" ? IGNORED : refused("silence");
  }
  // What comes next cannot be read without the keys that this leads to; it may have come early.
  const next = flight[flight.findIndex((line) => nameOf(line) === message) + 1];
  return refused(
    next?.tag === "change-cipher-spec" && message !== "NewSessionTicket"
      ? "silence"
      : "unexpected_message",
  );
}

function ofRepeat(
  message: string,
  flight: readonly Line[],
  { family, mode }: Manner,
): Outcome | undefined {
  // The same number again is a repetition; after the last message there is a session already. [RFC 6347 §4.2.4]
  if (message === CCS || message === "Finished" || mode === "on the wire") return IGNORED;
  if (message === "HelloVerifyRequest") return undefined; // takes the place of what comes next
  const shows = family.resumed?.startsWith("by ticket") === true;
  if (message === "ClientHello" && !shows && isWithoutCookie(flight)) return undefined; // leaves no trace
  return refused(message === "ServerHelloDone" ? "any" : "unexpected_message");
}

function ofSwap(message: string, next: string, { family, mode }: Manner): Outcome {
  if (message === CCS || next === CCS || mode === "on the wire") return IGNORED;
  if (next !== "ServerHelloDone") return refused("unexpected_message");
  if (message === "CertificateRequest") return refused("handshake_failure");
  return refused(family.hint !== undefined ? "any" : "unexpected_message");
}

/** Whether that ClientHello only asks for a cookie. */
function isWithoutCookie([line]: readonly Line[]): boolean {
  if (line?.tag !== "message" || line.type !== HandshakeType.clientHello) return false;
  const body = typeof line.body === "function" ? line.body() : line.body;
  const cookieAt = 35 + (body[34] ?? 0);
  return body[cookieAt] === 0;
}
