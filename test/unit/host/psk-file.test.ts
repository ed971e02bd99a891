import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parsePskText, readPskFile } from "../../../agent/host/psk-file.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-psk-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "key.psk");

function read(content: string | Uint8Array, mode = 0o600) {
  writeFileSync(path, content);
  chmodSync(path, mode);
  return readPskFile(path);
}

const KEYS = [
  ["secret", "736563726574"],
  ["secret\n", "736563726574"],
  ["secret\r\n", "736563726574"],
  ["secret\n\n", "7365637265740a"],
  [" secret ", "2073656372657420"],
  [Uint8Array.of(0, 255, 10), "00ff"],
  ["schlüssel", "7363686cc3bc7373656c"],
  ["🔑\r\n", "f09f9491"],
  ["\ufeffa", "efbbbf61"],
  ["hex:00fF", "00ff"],
  ["hex:00ff\n", "00ff"],
  ["base64:AP8=", "00ff"],
  ["base64:AP8\n", "00ff"],
  ["HEX:00", "4845583a3030"],
] as const;

for (const [content, hex] of KEYS) {
  test(`${JSON.stringify(content)} is the key ${hex}`, () => {
    const { key } = read(content);
    assert.equal(Buffer.from(key).toString("hex"), hex);
    if (typeof content === "string") assert.deepEqual(parsePskText(content), key);
  });
}

const BAD = [
  "",
  "\n",
  "hex:",
  "hex:0",
  "hex:0g",
  "hex:0ü",
  "hex:00 ff",
  "base64:",
  "base64:A",
  "base64:AP8?",
  "base64:AP9=",
  "-----BEGIN PRIVATE KEY-----\nMC4CAQ",
];

for (const content of BAD) {
  test(`${JSON.stringify(content)} is no key, and text and file say the same`, () => {
    const why = parsePskText(content);
    assert.ok(typeof why === "string");
    assert.throws(
      () => read(content),
      (error) =>
        error instanceof SetupError &&
        error.code === "psk-file" &&
        error.message === `the key file ${path} ${why}`,
    );
  });
}

test("a file that every user can read is warned of, one for a group is not", () => {
  assert.equal(read("secret", 0o644).warnings.length, 1);
  assert.match(read("secret", 0o604).warnings[0] ?? "", /chmod 600/);
  assert.deepEqual(read("secret", 0o640).warnings, []);
});

const ENDS = [
  ["secret", /^$/],
  ["secret\n", /ends with a line end, which is not part of the key$/],
  ["secret\r\n", /ends with a line end, which is not part of the key$/],
  ["secret\n\n", /several line ends: the last is not part of the key, the others are$/],
  ["secret\r\n\r\n", /several line ends/],
  [Uint8Array.of(0, 255, 10), /ends with a line end/],
  ["hex:00ff\n", /^$/],
  ["base64:AP8=\n", /^$/],
] as const;

for (const [content, warning] of ENDS) {
  test(`${JSON.stringify(content)}: what is told of its end is ${warning}`, () =>
    assert.match(read(content).warnings.join("\n"), warning));
}

test("a device without end is refused", { skip: !existsSync("/dev/zero") }, () =>
  assert.throws(() => readPskFile("/dev/zero"), /too large/),
);

test("a key may be as long as the limit", () =>
  assert.equal(read(new Uint8Array(65_536)).key.length, 65_536));

test("a file of another kind is refused", () => {
  assert.throws(() => read(new Uint8Array(100_000)), /too large/);
  assert.throws(() => readPskFile(folder), /cannot be read/);
  assert.throws(() => readPskFile(join(folder, "none")), /cannot be read \(ENOENT\)/);
});

test("text that has no octets is no key", () => {
  assert.equal(parsePskText("a\ud83d"), "is not Unicode text");
  assert.equal(parsePskText("\udd11\ud83d"), "is not Unicode text");
});

test("text is measured in octets", () => {
  assert.equal(parsePskText("ü".repeat(32_768)).length, 65_536);
  assert.equal(parsePskText("ü".repeat(32_769)), "is too large for a key");
});

test("nothing of a key is in what is wrong with it", () => {
  for (const text of ["hex:secret", "base64:secret!", "secret\ud83d", "secret".repeat(20_000)]) {
    const why = parsePskText(text);
    assert.ok(typeof why === "string" && !why.includes("secret"));
  }
});
