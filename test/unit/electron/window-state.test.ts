import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  placementOf,
  readWindowState,
  writeWindowState,
} from "../../../electron/main/window-state.ts";
import type { Area, Placement, WindowState } from "../../../electron/main/window-state.ts";

const LAPTOP: Area = { x: 0, y: 0, width: 1440, height: 900 };
const BESIDE: Area = { x: 1440, y: 0, width: 2560, height: 1440 };
const LEFT: Area = { x: -1920, y: -200, width: 1920, height: 1080 };

const left = (x: number, y: number, width = 1000, height = 700): WindowState => ({
  x,
  y,
  width,
  height,
  maximized: false,
});
const middle = (width: number, height: number): Placement => ({ width, height, maximized: false });

describe("where the window opens", () => {
  const cases: readonly [string, WindowState | undefined, readonly Area[], Placement][] = [
    ["the first time: in the middle", undefined, [LAPTOP], middle(1080, 760)],
    ["where it was left", left(50, 60), [LAPTOP], left(50, 60)],
    ["on a display to the left", left(-1500, -100), [LAPTOP, LEFT], left(-1500, -100)],
    ["its display is gone", left(2000, 100), [LAPTOP], middle(1000, 700)],
    ["its display is back", left(2000, 100), [LAPTOP, BESIDE], left(2000, 100)],
    ["far away to the left", left(-5000, 0), [LAPTOP], middle(1000, 700)],
    ["below the edge", left(50, 890), [LAPTOP], middle(1000, 700)],
    ["above the edge, out of reach", left(50, -400), [LAPTOP], middle(1000, 700)],
    ["a little above: brought down", left(50, -20), [LAPTOP], left(50, 0)],
    ["a corner in sight", left(1300, 800), [LAPTOP], left(1300, 800)],
    ["less than that in sight", left(1400, 800), [LAPTOP], middle(1000, 700)],
    ["larger than its display", left(0, 0, 9000, 9000), [LAPTOP], left(0, 0, 1440, 900)],
    ["smaller than it can be used", left(0, 0, 200, 100), [LAPTOP], left(0, 0, 380, 520)],
    ["no display at all", left(0, 0), [], middle(1000, 700)],
  ];
  for (const [title, state, displays, placement] of cases) {
    test(title, () => assert.deepEqual(placementOf(state, displays), placement));
  }

  test("maximized again, over the place that it had", () => {
    const state = { ...left(50, 60), maximized: true };
    assert.deepEqual(placementOf(state, [LAPTOP]), state);
  });
});

describe("its file", () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-window-"));
  const path = join(folder, "window.json");
  after(() => rmSync(folder, { recursive: true }));

  test("keeps it, and nothing else is left behind", () => {
    writeWindowState(path, left(-7, 3));
    assert.deepEqual(readWindowState(path), left(-7, 3));
    assert.deepEqual(readdirSync(folder), ["window.json"]);
  });

  const damaged = [
    "",
    "{",
    "null",
    "[]",
    '"x"',
    '{"x":1,"y":2,"width":3,"height":4}',
    '{"x":"1","y":2,"width":3,"height":4,"maximized":false}',
    '{"x":1e999,"y":2,"width":3,"height":4,"maximized":false}',
    '{"x":0.5,"y":2,"width":3,"height":4,"maximized":false}',
    `{"x":1,"y":2,"width":3,"height":4,"maximized":false${" ".repeat(10_000)}}`,
  ];
  for (const text of damaged) {
    test(`is not believed: ${text.slice(0, 60)}`, () => {
      writeFileSync(path, text);
      assert.equal(readWindowState(path), undefined);
    });
  }

  test("may be missing", () => assert.equal(readWindowState(join(folder, "none")), undefined));
});
