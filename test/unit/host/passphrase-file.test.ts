import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readPassphraseFile } from "../../../agent/host/passphrase-file.ts";
import { SetupError } from "../../../agent/host/setup-error.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-passphrase-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "passphrase");

function read(content: string, mode = 0o600) {
  writeFileSync(path, content);
  chmodSync(path, mode);
  return readPassphraseFile(path);
}

const TEXTS = [
  ["open sesame", "open sesame"],
  ["open\n", "open"],
  ["open\r\n", "open"],
  ["open\n\n", "open\n"],
  ["schlüssel", "schlüssel"],
] as const;

for (const [content, passphrase] of TEXTS) {
  test(`${JSON.stringify(content)} is the passphrase ${JSON.stringify(passphrase)}`, () => {
    assert.deepEqual(read(content), { passphrase, warnings: [] });
  });
}

for (const [content, why] of [
  ["", "is empty"],
  ["\n", "is empty"],
  ["x".repeat(1025), "is too long for a passphrase"],
] as const) {
  test(`a file that ${why} is refused (${content.length} octets)`, () => {
    const told = `the passphrase file ${path} ${why}`;
    assert.throws(
      () => read(content),
      (error) =>
        error instanceof SetupError && error.code === "certificate" && error.message === told,
    );
  });
}

test("a file that others can read is told of, and one that is not there", () => {
  assert.match(read("secret", 0o644).warnings[0] ?? "", /chmod 600/);
  assert.throws(() => readPassphraseFile(join(folder, "none")), /cannot be read \(ENOENT\)/);
});
