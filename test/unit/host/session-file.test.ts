import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { SessionFile } from "../../../agent/host/session-file.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-sessions-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "sessions");
let told: string[] = [];

beforeEach(() => {
  rmSync(path, { force: true, recursive: true });
  told = [];
});

function open(): SessionFile {
  return new SessionFile(path, (text) => told.push(text));
}

const SESSION = Uint8Array.of(0, 1, 254, 255);

test("another run finds what one has saved, in a file for its owner alone", () => {
  open().save("a", SESSION);
  assert.deepEqual(open().load("a"), SESSION);
  assert.equal(open().load("b"), undefined);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ["sessions"]);
  assert.deepEqual(told, []);
});

test("a later session takes the place of one before it, and others stay", () => {
  const file = open();
  file.save("a", SESSION);
  file.save("b", SESSION);
  file.save("a", Uint8Array.of(7));
  assert.deepEqual(file.load("a"), Uint8Array.of(7));
  file.forget("a");
  assert.equal(file.load("a"), undefined);
  assert.deepEqual(file.load("b"), SESSION);
});

test("the file does not grow without end: the oldest goes", () => {
  const file = open();
  for (let n = 0; n < 70; n += 1) file.save(`server ${n}`, SESSION);
  assert.equal(file.load("server 5"), undefined);
  assert.deepEqual(file.load("server 6"), SESSION);
});

test("nothing is made before there is something to keep", () => {
  const file = open();
  assert.equal(file.load("a"), undefined);
  file.forget("a");
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
});

const FOREIGN = [
  ["a key", "correct horse"],
  ["other JSON", '{"sessions":{}}'],
  ["a list", '["mayday-sessions"]'],
  ["sessions that are no text", '{"mayday-sessions":1,"sessions":{"a":1}}'],
  ["too much", `{"mayday-sessions":1,"sessions":{"a":"${"A".repeat(1024 * 1024)}"}}`],
] as const;

for (const [what, content] of FOREIGN) {
  test(`a file with ${what} is refused, and left as it is`, () => {
    writeFileSync(path, content);
    assert.throws(open, isFault(/holds something else/));
    assert.equal(readFileSync(path, "utf8"), content);
  });
}

test("what is no plain file is refused: it would be replaced", () => {
  assert.throws(() => new SessionFile("/dev/null", () => undefined), isFault(/is no plain file/));
  mkdirSync(path);
  assert.throws(open, isFault(/is no plain file/));
});

test("a file that became something else meanwhile is left alone, and told of", () => {
  const file = open();
  writeFileSync(path, "something else");
  assert.equal(file.load("a"), undefined);
  file.save("a", SESSION);
  file.forget("a");
  assert.equal(readFileSync(path, "utf8"), "something else");
  assert.equal(told.length, 3);
});

test("a folder that is not there is told of when there is something to keep", () => {
  const nowhere = join(folder, "no", "where");
  const file = new SessionFile(nowhere, (text) => told.push(text));
  file.save("a", SESSION);
  assert.match(told.join("\n"), /cannot be written \(ENOENT\)/);
});

test("a file that others can read is told of", () => {
  open().save("a", SESSION);
  chmodSync(path, 0o644);
  open();
  assert.match(told.join("\n"), /open to others: chmod 600/);
});

function isFault(why: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof SetupError && error.code === "session-file" && why.test(error.message);
}
