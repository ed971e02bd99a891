import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { nodeWorld } from "../../../../agent/net/node/world.ts";
import { StreamInbox, streamContract } from "../stream-contract.ts";

const { streams } = nodeWorld();
const localhost = { family: 4, host: "127.0.0.1", port: 0 } as const;

streamContract("node", () => ({
  client: streams,
  server: streams,
  at: localhost,
  wait: (promise) => promise,
  pause: () => setImmediate(),
}));

const noPort = { ...localhost, port: 70_000 };
const faulty: ReadonlyArray<readonly [what: string, start: () => Promise<unknown>, code: string]> =
  [
    ["connecting to no port", () => streams.connect(noPort, new StreamInbox(), 50), "net/other"],
    ["listening on no port", () => streams.listen(noPort, () => new StreamInbox()), "net/other"],
    [
      "listening on an address of nobody here",
      () => streams.listen({ ...localhost, host: "192.0.2.1" }, () => new StreamInbox()),
      "net/address-unavailable",
    ],
  ];

for (const [what, start, code] of faulty) {
  test(`${what} fails with ${code}`, { timeout: 5000 }, async () => {
    await assert.rejects(start(), { name: "NetError", code });
  });
}
