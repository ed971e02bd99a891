import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CliError, EXIT } from "../../../agent/cli/exit.ts";
import { readPskFile } from "../../../agent/cli/psk-file.ts";

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
  ["hex:00fF", "00ff"],
  ["hex:00ff\n", "00ff"],
  ["base64:AP8=", "00ff"],
  ["base64:AP8\n", "00ff"],
  ["HEX:00", "4845583a3030"],
] as const;

for (const [content, hex] of KEYS) {
  test(`${JSON.stringify(content)} is the key ${hex}`, () => {
    const { key, warnings } = read(content);
    assert.equal(Buffer.from(key).toString("hex"), hex);
    assert.deepEqual(warnings, []);
  });
}

const BAD = [
  "",
  "\n",
  "hex:",
  "hex:0",
  "hex:0g",
  "hex:00 ff",
  "base64:",
  "base64:A",
  "base64:AP8?",
  "base64:AP9=",
];

for (const content of BAD) {
  test(`${JSON.stringify(content)} is no key: exit 2`, () =>
    assert.throws(
      () => read(content),
      (error) =>
        error instanceof CliError && error.exit === EXIT.usage && error.message.includes(path),
    ));
}

test("a file that every user can read is warned of, one for a group is not", () => {
  assert.equal(read("secret", 0o644).warnings.length, 1);
  assert.match(read("secret", 0o604).warnings[0] ?? "", /chmod 600/);
  assert.deepEqual(read("secret", 0o640).warnings, []);
});

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
