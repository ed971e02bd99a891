import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptsGzip } from "../../../../agent/control/web/accepts-gzip.ts";

const HEADERS = [
  [undefined, false],
  ["", false],
  ["gzip", true],
  ["GZIP", true],
  ["x-gzip", true],
  ["br, gzip", true],
  ["deflate, gzip;q=1.0, *;q=0.5", true],
  ["gzip; q=0.001", true],
  ["gzip;q=0", false],
  ["gzip; q=0.000", false],
  ["*", true],
  ["*;q=0", false],
  ["gzip;q=0, *", false],
  ["identity", false],
  ["br", false],
  ["gzippy", false],
] as const;

for (const [header, accepted] of HEADERS) {
  test(`${JSON.stringify(header)} ${accepted ? "takes" : "does not take"} gzip`, () =>
    assert.equal(acceptsGzip(header), accepted));
}
