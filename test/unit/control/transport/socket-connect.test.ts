import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { ControlError } from "../../../../agent/control/control-error.ts";
import { ControlGone } from "../../../../agent/control/control-gone.ts";
import { connectControl } from "../../../../agent/control/transport/socket-client.ts";
import { MAX_CONNECTIONS } from "../../../../agent/control/transport/socket-server.ts";
import { aStatus } from "../../../support/control-samples.ts";
import { run } from "../../../support/program.ts";
import {
  leaveStale,
  OTHER_UID,
  RawPeer,
  scratch,
  skip,
  skipUnlessRoot,
  startAgent,
  type Owner,
} from "./lab.ts";

const CLIENT = join(import.meta.dirname, "../../../../agent/control/transport/socket-client.ts");

const gone =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof ControlGone && error.code === code;

for (const validate of [true, false]) {
  test(`a client asks, listens and closes: validate ${validate}`, { skip }, async (t) => {
    const { path, double } = await startAgent(t);
    const lost: unknown[] = [];
    const client = await connectControl(path, { validate, onLost: (why) => lost.push(why) });
    assert.deepEqual(await client.call("agent.status", {}), aStatus());
    const status = await new Promise((resolve) => {
      client.on("agent.changed", resolve);
    });
    assert.deepEqual(status, aStatus());
    const listening = double.listeners;
    client.close();
    await assert.rejects(client.call("agent.status", {}), gone("lost"));
    assert.equal(listening, 1);
    assert.deepEqual(lost, []);
  });
}

test("an agent that ends is a loss, told once", { skip }, async (t) => {
  const { path, double, listener } = await startAgent(t);
  double.hold("agent.status");
  const lost = new Promise((resolve) => {
    void connectControl(path, { onLost: resolve }).then((client) => {
      client.call("agent.status", {}).catch(() => {});
      return listener.close();
    });
  });
  assert.ok(gone("lost")(await lost));
});

test("an agent that has too many connections says so", { skip }, async (t) => {
  const { path } = await startAgent(t);
  const peers: RawPeer[] = [];
  for (let at = 0; at < MAX_CONNECTIONS; at += 1) {
    const peer = await RawPeer.connect(t, path);
    peer.ask(1, "hello");
    peers.push(peer);
  }
  await Promise.all(peers.map((peer) => peer.until(1)));
  const isBusy = (error: unknown): boolean =>
    error instanceof ControlError && error.reason === "busy";
  await assert.rejects(connectControl(path), isBusy);
});

const NOBODY_THERE: readonly [what: string, make: (path: string) => unknown][] = [
  ["nothing", () => {}],
  ["a socket that an agent has left", leaveStale],
];

for (const [what, make] of NOBODY_THERE) {
  test(`where there is ${what}, no agent is running`, { skip }, async (t) => {
    const path = join(scratch(t), "c.sock");
    await make(path);
    await assert.rejects(connectControl(path), gone("not-running"));
  });
}

test("where there is no folder, no agent is running", { skip }, async (t) => {
  await assert.rejects(connectControl(join(scratch(t), "none", "c.sock")), gone("not-running"));
});

const UNTRUSTED: readonly [what: string, make: (path: string) => void, words: RegExp][] = [
  ["a file", (path) => writeFileSync(path, "", { mode: 0o600 }), /is no socket/],
  ["a folder", (path) => mkdirSync(path), /is no socket/],
  [
    "a link to an agent's socket",
    (path) => {
      renameSync(path, `${path}.real`);
      symlinkSync(`${path}.real`, path);
    },
    /is no socket/,
  ],
  ["a socket of a group", (path) => chmodSync(path, 0o620), /can be written to by other users/],
  ["everybody's socket", (path) => chmodSync(path, 0o602), /can be written to by other users/],
];

for (const [what, make, words] of UNTRUSTED) {
  test(`${what} is not connected to`, { skip }, async (t) => {
    const [path, connected] = await listenSilently(t, what.includes("socket"));
    make(path);
    await assert.rejects(connectControl(path), (error) => {
      assert.ok(gone("untrusted")(error));
      assert.match(String(error), words);
      return true;
    });
    assert.equal(connected.length, 0);
  });
}

test("another user's socket is not connected to", { skip: skip || skipUnlessRoot }, async (t) => {
  const [path, connected] = await listenSilently(t);
  chownSync(path, OTHER_UID, OTHER_UID);
  await assert.rejects(connectControl(path), gone("untrusted"));
  assert.equal(connected.length, 0);
});

test("a path that is too long for a socket is not cut to one that fits", { skip }, async () => {
  await assert.rejects(connectControl(`/tmp/${"x".repeat(110)}`), gone("untrusted"));
});

/** A listener that answers nothing, and who has connected. */
async function listenSilently(
  owner: Owner,
  listens = true,
): Promise<readonly [path: string, connected: Socket[]]> {
  const path = join(scratch(owner), "c.sock");
  const connected: Socket[] = [];
  if (!listens) return [path, connected];
  const server = createServer((socket) => connected.push(socket)).listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
  owner.after(() => {
    for (const socket of connected) socket.destroy();
    server.close();
  });
  return [path, connected];
}

test("an agent that hangs does not hang its client", { skip }, async (t) => {
  const [path] = await listenSilently(t);
  await assert.rejects(connectControl(path, { timeoutMs: 50 }), gone("silent"));
  await assert.rejects(connectControl(path, { timeoutMs: 50 }), /has not answered within 0\.05 s/);
});

const STRANGERS: readonly [what: string, greet: (socket: Socket) => void, code: string][] = [
  ["ends at once", (socket) => socket.end(), "lost"],
  ["is cut off", (socket) => socket.destroy(), "lost"],
  ["speaks another protocol", (socket) => socket.write("220 mail ready\r\n"), "not-mayday"],
  ["speaks in octets", (socket) => socket.write(Buffer.from([0xff, 0x0a, 0, 0x0a])), "not-mayday"],
];

for (const [what, greet, code] of STRANGERS) {
  test(`a listener that ${what} is ${code}`, { skip }, async (t) => {
    const path = join(scratch(t), "c.sock");
    const server = createServer((socket) => {
      socket.on("error", () => {});
      greet(socket);
    }).listen(path);
    t.after(() => void server.close());
    await once(server, "listening");
    chmodSync(path, 0o600);
    await assert.rejects(connectControl(path), gone(code));
  });
}

/** Becomes another user and asks an agent. */
const NOBODY = `
  const { connectControl } = await import(process.argv[1]);
  process.setgroups([]); process.setgid(+process.argv[3]); process.setuid(+process.argv[3]);
  await connectControl(process.argv[2], { validate: false }).then(
    () => console.log("inside;"),
    (error) => console.log(error.code + ";"),
  );`;

test(
  "root's agent does not let another user in, who is told so",
  { skip: skip || skipUnlessRoot },
  async (t) => {
    const folder = scratch(t);
    chmodSync(folder, 0o755);
    const { path } = await startAgent(t, join(folder, "c.sock"));
    const args = ["--input-type=module", "-e", NOBODY, CLIENT, path, String(OTHER_UID)];
    const [, code] = await run(t, process.execPath, args).until(/(\S+);/);
    assert.equal(code, "not-allowed");
  },
);
