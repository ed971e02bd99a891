import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { listenControl } from "../../../../agent/control/transport/socket-server.ts";
import { run, type Program } from "../../../support/program.ts";
import { Log } from "../lab.ts";
import {
  leaveStale,
  OTHER_UID,
  RawPeer,
  scratch,
  skip,
  skipUnlessRoot,
  startAgent,
  unlistenable,
} from "./lab.ts";

const SERVER = join(import.meta.dirname, "../../../../agent/control/transport/socket-server.ts");
const MAX_PATH = process.platform === "linux" ? 107 : 103;

/** Listens for the moment of a test that expects it to fail. */
function attempt(path: string): Promise<unknown> {
  return listenControl({ path, log: new Log(), onChannel: () => {} });
}

/** The mode of a file that is made now. */
function modeOfNew(folder: string): number {
  writeFileSync(join(folder, "new"), "");
  return lstatSync(join(folder, "new")).mode;
}

test("the socket is its owner's alone, and nothing else is left beside it", { skip }, async (t) => {
  const before = modeOfNew(scratch(t));
  const { path } = await startAgent(t);
  assert.equal(lstatSync(path).isSocket(), true);
  assert.equal(lstatSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dirname(path)), ["c.sock"]);
  assert.equal(modeOfNew(scratch(t)), before);
});

test("closing takes the socket away and ends the connections", { skip }, async (t) => {
  const agent = await startAgent(t);
  const peer = await RawPeer.connect(t, agent.path);
  peer.ask(1, "hello");
  await peer.until(1);
  await Promise.all([agent.listener.close(), agent.listener.close(), peer.closed()]);
  assert.equal(existsSync(agent.path), false);
});

test("closing does not wait for a peer that never ends", { skip }, async (t) => {
  const agent = await startAgent(t);
  const peer = await RawPeer.connect(t, agent.path, true);
  peer.ask(1, "hello");
  await peer.until(1);
  await agent.listener.close();
  assert.equal(peer.socket.destroyed, false);
});

test(
  "a socket that somebody else has put in the place of ours stays when we close",
  { skip },
  async (t) => {
    const agent = await startAgent(t);
    await leaveStale(`${agent.path}.other`);
    renameSync(`${agent.path}.other`, agent.path);
    await agent.listener.close();
    assert.equal(lstatSync(agent.path).isSocket(), true);
  },
);

test("a socket that is left from an agent that is no more is replaced", { skip }, async (t) => {
  const path = join(scratch(t), "c.sock");
  await leaveStale(path);
  await startAgent(t, path);
  const peer = await RawPeer.connect(t, path);
  peer.ask(1, "hello");
  await peer.until(1);
});

test(
  "where an agent listens, a second one is refused and the first goes on",
  { skip },
  async (t) => {
    const { path } = await startAgent(t);
    await assert.rejects(attempt(path), unlistenable("in-use"));
    await assert.rejects(attempt(path), /an agent is running already \(control socket .*c\.sock\)/);
    const peer = await RawPeer.connect(t, path);
    peer.ask(1, "hello");
    await peer.until(1);
  },
);

test("an agent that is too busy to accept is an agent that is running", { skip }, async (t) => {
  const path = join(scratch(t), "c.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => { console.log("up"); for (;;); })`;
  const program = run(t, process.execPath, ["-e", script]);
  await program.until(/up/);
  await assert.rejects(attempt(path), unlistenable("in-use"));
});

const IN_THE_WAY: readonly [what: string, make: (path: string) => void][] = [
  ["a file", (path) => writeFileSync(path, "precious")],
  ["a folder", (path) => mkdirSync(path)],
  ["a link to nothing", (path) => symlinkSync("nowhere", path)],
  [
    "a link to a socket",
    (path) => {
      createServer().listen(`${path}.real`).unref();
      symlinkSync(`${path}.real`, path);
    },
  ],
];

for (const [what, make] of IN_THE_WAY) {
  test(`${what} in the socket's place is left alone`, { skip }, async (t) => {
    const path = join(scratch(t), "c.sock");
    make(path);
    const before = lstatSync(path);
    await assert.rejects(attempt(path), unlistenable("bad-path"));
    assert.equal(lstatSync(path).ino, before.ino);
  });
}

for (const name of ["s", "control.sock"]) {
  test(
    `the longest path that fits is listened at, one octet more is refused: ${name}`,
    { skip },
    async (t) => {
      const root = scratch(t);
      const room = MAX_PATH - Buffer.byteLength(join(root, "x", name)) + 1;
      for (const length of [room, room + 1]) mkdirSync(join(root, "x".repeat(length)));
      await startAgent(t, join(root, "x".repeat(room), name));
      const long = join(root, "x".repeat(room + 1), name);
      await assert.rejects(attempt(long), unlistenable("bad-path"));
      await assert.rejects(attempt(long), /is 1 octets too long for a socket/);
      assert.deepEqual(readdirSync(dirname(long)), []);
    },
  );
}

test("a folder that is not there is a fault that says what to do", { skip }, async (t) => {
  const path = join(scratch(t), "none", "c.sock");
  await assert.rejects(attempt(path), (error) => {
    assert.ok(unlistenable("failed")(error));
    assert.match(String(error), /c\.sock cannot be made: ENOENT/);
    return true;
  });
});

test("of many that start at once in one process, one wins", { skip }, async (t) => {
  const path = join(scratch(t), "c.sock");
  await leaveStale(path);
  const starts = await Promise.allSettled(Array.from({ length: 8 }, () => startAgent(t, path)));
  assert.equal(starts.filter(({ status }) => status === "fulfilled").length, 1);
  for (const start of starts) {
    if (start.status === "rejected") assert.ok(unlistenable("in-use")(start.reason));
  }
});

const RIVAL = `
  const { listenControl } = await import(process.argv[1]);
  const log = { warn() {}, error() {} };
  console.log("ready");
  process.stdin.once("data", (path) =>
    listenControl({ path: String(path), log, onChannel() {} }).then(
      () => console.log("won;"),
      (error) => { console.log(error.code + ";"); process.stdin.destroy(); },
    ),
  );`;

test(
  "of several processes that start at once where one was killed, one wins",
  { skip },
  async (t) => {
    const folder = scratch(t);
    const args = ["--input-type=module", "-e", RIVAL, SERVER];
    for (let round = 0; round < 3; round += 1) {
      const path = join(folder, `${round}.sock`);
      await leaveStale(path);
      const rivals: Program[] = Array.from({ length: 4 }, () => run(t, process.execPath, args));
      await Promise.all(rivals.map((rival) => rival.until(/ready/)));
      for (const rival of rivals) rival.write(path);
      const ends = await Promise.all(rivals.map((rival) => rival.until(/(\S+);/)));
      const words = ends.map(([, word = ""]) => word).toSorted();
      assert.deepEqual(words, ["in-use", "in-use", "in-use", "won"]);
      for (const rival of rivals) await rival.stop("SIGKILL");
    }
    assert.deepEqual(readdirSync(folder).toSorted(), ["0.sock", "1.sock", "2.sock"]);
  },
);

/** Becomes another user and tries every name in a folder, from before there is a socket until it is told to end. */
const INTRUDER = `
  const fs = require("fs"), net = require("net"), path = require("path");
  const [folder, uid] = process.argv.slice(1);
  process.setgroups([]); process.setgid(+uid); process.setuid(+uid);
  let refused = 0, ended = false;
  process.stdin.on("data", () => { ended = true; });
  const look = () => {
    if (ended) { console.log("refused " + refused + ";"); process.exit(); }
    for (const name of fs.readdirSync(folder)) {
      const socket = net.connect(path.join(folder, name));
      socket.on("connect", () => { console.log("inside;"); process.exit(); });
      socket.on("error", (error) => { if (error.code === "EACCES" && refused++ === 0) console.log("tried;"); });
    }
    setImmediate(look);
  };
  console.log("ready;");
  look();`;

test(
  "another user is refused, from before there is a socket on, even where the folder is open to all",
  { skip: skip || skipUnlessRoot },
  async (t) => {
    const folder = scratch(t);
    chmodSync(folder, 0o755);
    const intruder = run(t, process.execPath, ["-e", INTRUDER, folder, String(OTHER_UID)]);
    await intruder.until(/ready;/);
    for (let round = 0; round < 200; round += 1) {
      const { listener } = await startAgent(t, join(folder, "c.sock"));
      if (round < 199) await listener.close();
    }
    await intruder.until(/tried;|inside;/);
    intruder.write("end");
    const [, count] = await intruder.until(/refused (\d+);|inside;/);
    assert.ok(Number(count) > 0, intruder.output);
  },
);

/** Becomes another user and tries to listen. */
const NOBODY = `
  const { listenControl } = await import(process.argv[1]);
  process.setgroups([]); process.setgid(+process.argv[3]); process.setuid(+process.argv[3]);
  const log = { warn() {}, error() {} };
  await listenControl({ path: process.argv[2], log, onChannel() {} }).catch((error) => console.log(error.code + ";"));`;

test(
  "a folder in which nothing may be made is a fault of its own",
  { skip: skip || skipUnlessRoot },
  async (t) => {
    const folder = scratch(t);
    chmodSync(folder, 0o755);
    const path = join(folder, "c.sock");
    const args = ["--input-type=module", "-e", NOBODY, SERVER, path, String(OTHER_UID)];
    await run(t, process.execPath, args).until(/not-allowed;/);
  },
);
