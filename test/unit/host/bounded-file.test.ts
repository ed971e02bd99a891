import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readAtMost } from "../../../agent/host/bounded-file.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-bounded-"));
after(() => rmSync(folder, { recursive: true }));

const SIZES = [
  [0, 10, 0],
  [10, 10, 10],
  [11, 10, 11],
  [500, 10, 11],
  [200_000, 300_000, 200_000],
] as const;

for (const [size, limit, read] of SIZES) {
  test(`of ${size} octets with a limit of ${limit}, ${read} are read`, () => {
    const path = join(folder, "file");
    const content = Uint8Array.from({ length: size }, (_, i) => i % 251);
    writeFileSync(path, content, { mode: 0o640 });
    const { data, mode } = readAtMost(path, limit);
    assert.deepEqual(Uint8Array.from(data), content.subarray(0, read));
    assert.equal(mode & 0o777, 0o640);
  });
}
