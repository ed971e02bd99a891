import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionNews, type SessionTold } from "../../../agent/daemon/session-news.ts";
import type { SessionFault } from "../../../agent/session/session-fault.ts";
import type { SessionView } from "../../../agent/session/session-view.ts";

function view(state: SessionView["state"], fault?: SessionFault): SessionView {
  return {
    state,
    sinceMs: 0,
    server: "coaps://dots.example.net:4646",
    address: "198.51.100.1:4646",
    security: { version: "DTLS1.2", cipher: "C", resumed: true, connectionId: false },
    rttMs: 12.345,
    heartbeat: {
      sent: 0,
      received: 0,
      missed: 0,
      missedInARow: 0,
      lastAt: null,
      intervalS: 30,
      recent: [],
    },
    fault: fault === undefined ? null : { code: fault, message: "nobody answers" },
    nextTryAtMs: null,
  };
}

const CASES: readonly (readonly [string, readonly SessionView[], readonly string[]])[] = [
  [
    "comes up",
    [view("connecting"), view("active"), view("active")],
    ["session-active Connected to One."],
  ],
  [
    "cannot be had: told once a reason",
    [
      view("connecting"),
      view("down", "unreachable"),
      view("connecting", "unreachable"),
      view("down", "unreachable"),
      view("down", "key-refused"),
    ],
    [
      "session-failed There is no connection to One: nobody answers",
      "session-failed There is no connection to One: nobody answers",
    ],
  ],
  [
    "lost and back",
    [view("active"), view("down", "closed"), view("connecting", "closed"), view("active")],
    [
      "session-active Connected to One.",
      "session-lost The connection to One is lost; it is tried again until it is back.",
      "session-active The connection to One is back.",
    ],
  ],
  [
    "degraded, lost, and failing to come back",
    [
      view("active"),
      view("degraded"),
      view("degraded"),
      view("down", "silent"),
      view("down", "unreachable"),
    ],
    [
      "session-active Connected to One.",
      "session-degraded One is not answering at the moment; a new connection is being tried.",
      "session-lost The connection to One is lost; it is tried again until it is back.",
    ],
  ],
  ["closed by ourselves", [view("active"), view("closed")], ["session-active Connected to One."]],
];

for (const [title, views, lines] of CASES) {
  test(`a session that ${title}`, () => {
    let told: SessionTold = { tag: "nothing" };
    const heard: string[] = [];
    for (const one of views) {
      const next = sessionNews(told, "One", one);
      told = next.told;
      if (next.news !== undefined) heard.push(`${next.news.kind} ${next.news.text}`);
    }
    assert.deepEqual(heard, lines);
  });
}

test("an engineer is told address, cipher, how it came about, and round trip", () => {
  const { news } = sessionNews({ tag: "nothing" }, "One", view("active"));
  assert.deepEqual(news?.details, {
    address: "198.51.100.1:4646",
    version: "DTLS1.2",
    cipher: "C",
    resumed: true,
    connectionId: false,
    rttMs: 12.3,
  });
});
