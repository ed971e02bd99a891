import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Status } from "../../../agent/control/contract.ts";
import type { HostState } from "../../../electron/main/agent-restarts.ts";
import { linkOf, shellStateOf, SHAPES } from "../../../electron/main/shell-state.ts";
import type { Shape, ShellState } from "../../../electron/main/shell-state.ts";
import { hasTray, openTray, trayMenu, trayTip } from "../../../electron/main/tray.ts";
import type { TrayItem } from "../../../electron/main/tray.ts";
import { pictures } from "../../../scripts/icons.ts";
import { ROOT } from "../../../scripts/tree.ts";
import { aMitigation, aSession } from "../../support/control-samples.ts";
import { ready } from "./samples.ts";

const NOW = Date.parse("2030-01-01T00:00:10.000Z");
const RUNNING: HostState = { tag: "running", failures: 0, since: 0 };

function stateOf(value: Status | undefined, host: HostState = RUNNING): ShellState {
  const known = value === undefined ? undefined : { value, at: NOW };
  return shellStateOf({ link: linkOf(host, NOW), status: known, now: NOW });
}

describe("icon and sentence, by what is true", () => {
  const withPhase = (change: Parameters<typeof aMitigation>[0]) =>
    stateOf(ready({ mitigations: [aMitigation(change)] }));
  const down = aSession({ state: "down", fault: { code: "unreachable", message: "" } });
  const waiting: HostState = { tag: "waiting", failures: 1, fault: undefined };
  const cases: readonly [string, ShellState, Shape, RegExp][] = [
    [
      "the agent starts",
      stateOf(undefined, { tag: "starting", failures: 0 }),
      "off",
      /Looking for/,
    ],
    ["the agent is lost", stateOf(ready(), waiting), "off", /agent is not running/],
    ["no provider yet", stateOf(ready({ sessions: [] })), "off", /Nobody to call yet/],
    ["ready", stateOf(ready()), "ready", /Ready. Northline is listening/],
    ["no answer", stateOf(ready({ sessions: [down] })), "attention", /cannot be reached/],
    ["asked", withPhase({ phase: "asking" }), "asking", /Asking Northline for help/],
    ["accepted", withPhase({ phase: "accepted" }), "asking", /preparing to filter/],
    ["filtering", withPhase({ phase: "filtering" }), "filtering", /filtering traffic to Shop/],
    ["refused", withPhase({ phase: "refused" }), "attention", /Northline refused/],
    [
      "practice",
      stateOf(ready({ sessions: [aSession({ kind: "practice" })] })),
      "off",
      /Practice: nothing real is filtered/,
    ],
    [
      "filtering, as practice",
      withPhase({ phase: "filtering", kind: "practice" }),
      "off",
      /as if traffic to Shop/,
    ],
    ["stopping", withPhase({ phase: "withdrawing" }), "asking", /Stopping/],
  ];
  for (const [title, { shape, sentence }, wanted, words] of cases) {
    test(title, () => {
      assert.equal(shape, wanted);
      assert.match(sentence, words);
    });
  }

  test("each state's menu says it, and leads to the window, to help and to the end", () => {
    for (const [, state] of cases) {
      const done: string[] = [];
      const actions = {
        open: () => void done.push("open"),
        getHelp: () => void done.push("help"),
        quit: () => void done.push("quit"),
      };
      const items = trayMenu(state, actions);
      const labels = items.map((item) => ("label" in item ? item.label : "-"));
      const rest = ["-", "Open Mayday", "Get help…", "-", "Quit Mayday"];
      assert.deepEqual(labels, [state.sentence, ...rest]);
      for (const item of items) if ("label" in item && item.enabled) item.click?.();
      assert.deepEqual(done, ["open", "help", "quit"]);
      assert.equal(trayTip(state), `Mayday: ${state.sentence}`);
    }
  });
});

describe("the icon in the tray", () => {
  const actions = { open: () => {}, getHelp: () => {}, quit: () => {} };
  const well: ShellState = { shape: "ready", sentence: "Ready" };

  function lab() {
    const done: string[] = [];
    const icon = {
      setImage: (shape: Shape) => void done.push(`image ${shape}`),
      setToolTip: (text: string) => void done.push(`tip ${text}`),
      setContextMenu: (items: TrayItem[]) => void done.push(`menu of ${items.length}`),
      on: (_event: "click", listener: () => void) => listener(),
      destroy: () => void done.push("gone"),
    };
    const parts = {
      create: () => icon,
      imageOf: (shape: Shape) => shape,
      menuOf: (items: TrayItem[]) => items,
      actions,
    };
    return { done, parts };
  }

  test("changes only when its state does", () => {
    const { done, parts } = lab();
    const tray = openTray(parts, well);
    tray?.show({ ...well });
    tray?.show({ shape: "off", sentence: "Off" });
    tray?.close();
    const first = ["image ready", "tip Mayday: Ready", "menu of 6"];
    assert.deepEqual(done, [...first, "image off", "tip Mayday: Off", "menu of 6", "gone"]);
  });

  test("may be missing", () => {
    const { parts } = lab();
    const create = (): never => {
      throw new Error("no tray");
    };
    assert.equal(openTray({ ...parts, create }, well), undefined);
  });

  test("has a picture of its own for every shape, also for dense screens and for macOS", () => {
    const drawn = new Set(pictures().map(({ png }) => png));
    for (const shape of SHAPES) {
      for (const name of [shape, `${shape}@2x`, `${shape}Template`, `${shape}Template@2x`]) {
        const png = `resources/tray/${name}.png`;
        assert.ok(drawn.has(png), `${png} is not drawn by scripts/icons.ts`);
        assert.ok(existsSync(join(ROOT, png)), `${png} is missing`);
      }
    }
  });
});

describe("whether a desktop surely has a tray", () => {
  const cases: readonly [NodeJS.Platform, string | undefined, boolean][] = [
    ["darwin", undefined, true],
    ["win32", undefined, true],
    ["linux", undefined, false],
    ["linux", "", false],
    ["linux", "GNOME", false],
    ["linux", "ubuntu:GNOME", true],
    ["linux", "KDE", true],
    ["linux", "XFCE", true],
    ["linux", "X-Cinnamon", true],
    ["linux", "sway", false],
  ];
  for (const [platform, desktop, has] of cases) {
    test(`${platform} ${desktop ?? "unnamed"}: ${has ? "yes" : "no"}`, () =>
      assert.equal(hasTray(platform, { XDG_CURRENT_DESKTOP: desktop }), has));
  }
});
