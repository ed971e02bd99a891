import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isHome, keepAtHome, windowOptions } from "../../../electron/main/main-window.ts";
import type { Leavable } from "../../../electron/main/main-window.ts";

/** A page whose attempts to leave can be made. */
class Page implements Leavable {
  open: (() => { action: "deny" }) | undefined;
  readonly #listeners = new Map<string, (event: never) => void>();

  on(event: string, listener: (event: never) => void): this {
    this.#listeners.set(event, listener);
    return this;
  }

  setWindowOpenHandler(handler: () => { action: "deny" }): void {
    this.open = handler;
  }

  /** Whether the attempt was refused. */
  refuses(event: string, details: object = {}): boolean {
    let refused = false;
    const listener = this.#listeners.get(event);
    listener?.({ ...details, preventDefault: () => (refused = true) } as never);
    return refused;
  }
}

function keptPage(): Page {
  const page = new Page();
  keepAtHome(page);
  return page;
}

describe("navigation", () => {
  const away = [
    "https://www.example.com/",
    "file:///etc/passwd",
    "app://mayday/other.html",
    "app://mayday.example/",
    "app://elsewhere/",
    "javascript:alert(1)",
    "data:text/html,x",
    "about:blank",
    "",
  ];
  for (const url of away) {
    test(`is refused to ${url === "" ? "nowhere" : url}`, () =>
      assert.equal(keptPage().refuses("will-navigate", { url }), true));
  }

  test("to the page itself is allowed: it may load itself anew", () => {
    for (const url of ["app://mayday/", "app://mayday/#/help", "app://mayday/index.html#/home"]) {
      assert.equal(isHome(url), true);
      assert.equal(keptPage().refuses("will-navigate", { url }), false);
    }
  });

  test("of a frame, redirects and webviews are refused", () => {
    const page = keptPage();
    assert.equal(page.refuses("will-frame-navigate", { isMainFrame: false }), true);
    assert.equal(page.refuses("will-redirect", { url: "app://mayday/" }), true);
    assert.equal(page.refuses("will-attach-webview"), true);
  });

  test("opens no other window", () => assert.deepEqual(keptPage().open?.(), { action: "deny" }));
});

describe("the window's options", () => {
  const placement = { x: 1, y: 2, width: 900, height: 700, maximized: true };
  const parts = { preload: "/p.cjs", icon: "/i.png", placement, dark: false };

  test("shut the page in", () => {
    const { webPreferences } = windowOptions({ ...parts, released: true });
    assert.deepEqual(webPreferences, {
      preload: "/p.cjs",
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: false,
    });
  });

  test("have developer tools where it is not released", () =>
    assert.equal(windowOptions({ ...parts, released: false }).webPreferences.devTools, true));

  test("place it, unseen until it is drawn", () => {
    const { x, y, width, height, show } = windowOptions({ ...parts, released: true });
    assert.deepEqual([x, y, width, height, show], [1, 2, 900, 700, false]);
  });
});
