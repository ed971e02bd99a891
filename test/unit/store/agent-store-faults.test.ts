/** The agent's database when its process is killed, or its disk is full. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { SqliteAgentStore } from "../../../agent/store/sqlite/sqlite-agent-store.ts";
import { run } from "../../support/program.ts";
import { asking, PROVIDER } from "./agent-samples.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-agent-faults-"));
after(() => rmSync(folder, { recursive: true }));

/** A program that works with the store at `path` and tells what it did, a line each, before it goes on. */
function script(path: string, body: string): string[] {
  const module = (name: string): string => JSON.stringify(import.meta.resolve(name));
  const text = `
    import { writeSync, statSync } from "node:fs";
    import { SqliteAgentStore } from ${module("../../../agent/store/sqlite/sqlite-agent-store.ts")};
    import { asking, entry, PROVIDER, TARGET } from ${module("./agent-samples.ts")};
    const path = ${JSON.stringify(path)};
    const tell = (line) => writeSync(1, line + "\\n");
    const mid = (last) => ({ server: "dots.example.net:4646", cuid: "c", last });
    const store = new SqliteAgentStore(path);
    let last = store.load().lastRequestId;
    ${body}`;
  return ["--input-type=module", "-e", text];
}

/** Fails unless the store holds the requests 1 to `last`, each with all that was kept with it. */
function assertWhole(path: string, acknowledged: number): number {
  const store = new SqliteAgentStore(path);
  const { lastRequestId, mids } = store.load();
  const all = Array.from({ length: lastRequestId }, (_, at) => lastRequestId - at);
  assert.ok(lastRequestId - acknowledged <= 1, `${lastRequestId} kept, ${acknowledged} told`);
  assert.ok(lastRequestId >= acknowledged, `${lastRequestId} kept, ${acknowledged} told`);
  assert.deepEqual(store.requests(1e6), all.map(asking));
  assert.deepEqual(
    store.activities(1e6).map(({ details }) => details["request"]),
    all,
  );
  assert.deepEqual(
    mids.map((mid) => mid.last),
    lastRequestId === 0 ? [] : [lastRequestId],
  );
  store.close();
  return lastRequestId;
}

const KEEP_ON = `
  for (;;) {
    last += 1;
    const activity = { ...entry(last), details: { request: last } };
    store.apply({ requests: [asking(last)], mids: [mid(last)], activities: [activity] });
    tell(last);
  }`;

test("what was acknowledged is there after a kill, all of it or nothing of the next", async (context) => {
  const path = join(folder, "killed.db");
  let last = 0;
  for (let round = 1; round <= 10; round += 1) {
    const writer = run(context, process.execPath, script(path, KEEP_ON));
    await writer.until(new RegExp(`^${last + round * 3}$`, "m"));
    await writer.stop("SIGKILL");
    const told = writer.output.match(/\d+(?=\n)/g) ?? [];
    last = assertWhole(path, Number(told.at(-1)));
  }
});

/**
 * Keeps some, then so much that it has room in the write-ahead log only (each file has the same limit), so that the
 * key which is removed next cannot be erased from there; and goes on until nothing can be kept any more.
 */
const FILL_UP = `
  const fill = () => {
    last += 1;
    const activity = { ...entry(last), text: "x".repeat(8192), details: { request: last } };
    store.apply({ requests: [asking(last)], mids: [mid(last)], activities: [activity] });
    tell(last);
  };
  fill();
  fill();
  store.apply({ providers: [PROVIDER] });
  store.apply({ targets: [{ ...TARGET, typed: "x".repeat(95_000) }] });
  store.apply({ removeProviders: [PROVIDER.id] });
  tell("removed, " + statSync(path + "-wal").size);
  try {
    for (;;) fill();
  } catch (error) {
    tell(error.code + " " + error.message);
  }
  const { lastRequestId, providers } = store.load();
  if (lastRequestId === last - 1 && providers.length === 0) tell("as it was");
  store.close();`;

const noLimits =
  process.platform === "win32" ? "this system has no limits of a file's size" : false;

test(
  "a disk that is full fails what cannot be kept, and nothing else",
  { skip: noLimits },
  async (context) => {
    const own = join(folder, "full");
    mkdirSync(own);
    const path = join(own, "agent.db");
    // No file may grow beyond 300 × 512 octets.
    const limited = ["-c", 'ulimit -f 300 && exec "$0" "$@"', process.execPath];
    const writer = run(context, "/bin/sh", [...limited, ...script(path, FILL_UP)]);
    assert.equal(await writer.exit(), 0, writer.output);
    assert.match(writer.output, /^removed, [1-9]/m); // the log could not be emptied
    assert.match(writer.output, /^store\/write cannot keep what changed: /m);
    assert.match(writer.output, /^as it was$/m);
    const told = writer.output.match(/^\d+$/gm) ?? [];
    assert.equal(assertWhole(path, Number(told.at(-1))), told.length);
    for (const file of readdirSync(own)) {
      assert.ok(
        !readFileSync(join(own, file)).includes(Buffer.from(PROVIDER.credential.key)),
        file,
      );
    }
  },
);
