import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configPath,
  heartbeatPath,
  mitigatePath,
  parseDotsPath,
  type DotsPath,
} from "../../../../agent/dots/signal/paths.ts";

const MITIGATE = [".well-known", "dots", "mitigate"];

const valid: readonly { segments: string[]; path: DotsPath }[] = [
  { segments: MITIGATE, path: { tag: "mitigate" } },
  { segments: [...MITIGATE, "cuid=dz6p"], path: { tag: "mitigate", cuid: "dz6p" } },
  { segments: [...MITIGATE, "cuid=a", "mid=123"], path: { tag: "mitigate", cuid: "a", mid: 123 } },
  { segments: [...MITIGATE, "cuid=a", "mid=0"], path: { tag: "mitigate", cuid: "a", mid: 0 } },
  {
    segments: [...MITIGATE, "cuid=a", "mid=4294967295"],
    path: { tag: "mitigate", cuid: "a", mid: 4294967295 },
  },
  {
    segments: [...MITIGATE, "cdid=7eea", "cuid=a=b", "mid=1"],
    path: { tag: "mitigate", cdid: "7eea", cuid: "a=b", mid: 1 },
  },
  { segments: [".well-known", "dots", "hb"], path: { tag: "hb" } },
  { segments: [".well-known", "dots", "config"], path: { tag: "config" } },
  { segments: [".well-known", "dots", "config", "sid=7"], path: { tag: "config", sid: 7 } },
];

for (const { segments, path } of valid) {
  test(`/${segments.join("/")} is read and written [RFC 9132 §4.2]`, () => {
    assert.deepEqual(parseDotsPath(segments), path);
    assert.deepEqual(built(path), segments);
  });
}

function built(path: DotsPath): string[] {
  if (path.tag === "hb") return heartbeatPath();
  if (path.tag === "config") return configPath(path.sid);
  assert.ok(path.tag === "mitigate");
  const { tag: _tag, ...rest } = path;
  return mitigatePath(rest);
}

const invalid: readonly { segments: string[]; why: RegExp }[] = [
  { segments: [...MITIGATE, "mid=1", "cuid=a"], why: /cuid is out of order/ },
  { segments: [...MITIGATE, "cuid=a", "cdid=b"], why: /cdid is out of order/ },
  { segments: [...MITIGATE, "mid=1"], why: /mid must follow cuid/ },
  { segments: [...MITIGATE, "cdid=a", "mid=1"], why: /mid must follow cuid/ },
  { segments: [...MITIGATE, "cuid="], why: /"cuid" is empty/ },
  { segments: [...MITIGATE, "cuid=a", "mid="], why: /"mid" is empty/ },
  { segments: [...MITIGATE, "cuid=a", "cuid=a"], why: /cuid occurs twice/ },
  { segments: [...MITIGATE, "cuid=a", "mid=1", "mid=2"], why: /mid occurs twice/ },
  { segments: [...MITIGATE, "cuid=a", "mid=4294967296"], why: /not a uint32/ },
  { segments: [...MITIGATE, "cuid=a", "mid=-1"], why: /not a uint32/ },
  { segments: [...MITIGATE, "cuid=a", "mid=01"], why: /not a uint32/ },
  { segments: [...MITIGATE, "cuid=a", "mid=1e3"], why: /not a uint32/ },
  { segments: [...MITIGATE, "cuid"], why: /not a Uri-Path parameter/ },
  { segments: [...MITIGATE, "=a"], why: /not a Uri-Path parameter/ },
  { segments: [...MITIGATE, ""], why: /not a Uri-Path parameter/ },
  { segments: [...MITIGATE, "CUID=a"], why: /unknown Uri-Path parameter "CUID"/ },
  { segments: [...MITIGATE, "sid=1"], why: /unknown Uri-Path parameter "sid"/ },
  { segments: [".well-known", "dots", "hb", "cuid=a"], why: /hb takes no/ },
  { segments: [".well-known", "dots", "config", "sid=1", "sid=1"], why: /one Uri-Path parameter/ },
  { segments: [".well-known", "dots", "config", "mid=1"], why: /unknown Uri-Path parameter "mid"/ },
  { segments: [".well-known", "dots", "config", "sid=x"], why: /not a uint32/ },
];

for (const { segments, why } of invalid) {
  test(`/${segments.join("/")} is refused with a reason [RFC 9132 §4.4.1.1]`, () => {
    const path = parseDotsPath(segments);
    assert.ok(path.tag === "invalid", path.tag);
    assert.match(path.reason, why);
  });
}

test("a reason quotes no more of a peer's text than fits a line", () => {
  const path = parseDotsPath([...MITIGATE, `${"x".repeat(200)}=1`]);
  assert.ok(path.tag === "invalid");
  assert.ok(path.reason.length < 100);
});

const unknown = [
  [],
  [".well-known"],
  [".well-known", "dots"],
  [".well-known", "core"],
  ["dots", "mitigate", "cuid=a"],
  [".well-known", "dots", "tm"],
  [".well-known", "dots", "Mitigate"],
];

for (const segments of unknown) {
  test(`/${segments.join("/")} names nothing of ours [RFC 9132 §4.2]`, () => {
    assert.deepEqual(parseDotsPath(segments), { tag: "unknown" });
  });
}

const unwritable = [
  { cuid: "" },
  { cuid: "a", mid: -1 },
  { cuid: "a", mid: 1.5 },
  { cuid: "a", mid: 2 ** 32 },
  { cuid: "x".repeat(251) },
];

for (const path of unwritable) {
  test(`${JSON.stringify(path).slice(0, 40)} is not written [RFC 9132 §4.4.1.1]`, () => {
    assert.throws(() => mitigatePath(path), RangeError);
  });
}
