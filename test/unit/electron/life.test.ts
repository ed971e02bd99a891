import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";
import { appMenu } from "../../../electron/main/app-menu.ts";
import { onQuit, onWindowClosed, quitQuestion } from "../../../electron/main/closing.ts";
import type { Closing } from "../../../electron/main/closing.ts";
import { Life } from "../../../electron/main/life.ts";
import { aMitigation } from "../../support/control-samples.ts";
import { ended, ready } from "./samples.ts";

describe("closing the window", () => {
  const calm = ready();
  const helped = ready({ mitigations: [aMitigation({ phase: "filtering" })] });
  const practised = ready({ mitigations: [aMitigation({ kind: "practice" })] });
  const was = ready({ ended: [ended("withdrawn")] });
  const cases: readonly [string, NodeJS.Platform, boolean, typeof calm | undefined, Closing][] = [
    ["with a tray: it goes on there", "linux", true, calm, "hide"],
    ["with a tray, helped: likewise", "win32", true, helped, "hide"],
    ["on macOS: as usual there", "darwin", false, calm, "hide"],
    ["without a tray: it ends", "linux", false, calm, "quit"],
    ["without a tray, helped: it asks", "linux", false, helped, "ask"],
    ["without a tray, practising", "linux", false, practised, "quit"],
    ["without a tray, help is over", "linux", false, was, "quit"],
    ["without a tray, nothing known", "linux", false, undefined, "quit"],
  ];
  for (const [title, platform, tray, value, closing] of cases) {
    test(title, () => assert.equal(onWindowClosed(platform, tray, value), closing));
  }

  test("and Quit asks while help is active, naming for what", () => {
    assert.deepEqual([onQuit(calm), onQuit(helped)], ["quit", "ask"]);
    const { buttons, cancelId, defaultId, detail } = quitQuestion(helped);
    assert.match(detail, /Help for Shop is then no longer renewed/);
    assert.equal(buttons[defaultId], "Keep running");
    assert.equal(buttons[cancelId], "Keep running");
  });
});

describe("the app's end", () => {
  function lab(closing: Closing = "quit") {
    const done: string[] = [];
    const answers: ((quits: boolean) => void)[] = [];
    let stopped: () => void = () => {};
    const life = new Life({
      onWindowClosed: () => closing,
      onQuit: () => (closing === "ask" ? "ask" : "quit"),
      ask: () => {
        done.push("ask");
        return new Promise((resolve) => {
          answers.push(resolve);
        });
      },
      hideWindow: () => void done.push("hide"),
      tellItStays: () => void done.push("stays"),
      stop: () => {
        done.push("stop");
        return new Promise((resolve) => {
          stopped = resolve;
        });
      },
      exit: () => void done.push("exit"),
    });
    const event = { preventDefault: () => void done.push("held") };
    return { done, answers, life, event, stopped: () => stopped() };
  }

  test("the window is hidden, and the app goes on", () => {
    const { done, life, event } = lab("hide");
    life.closeWindow(event);
    assert.deepEqual(done, ["held", "hide", "stays"]);
  });

  test("the agent ends first, once, whatever comes meanwhile", async () => {
    const { done, life, event, stopped } = lab();
    life.beforeQuit(event);
    life.beforeQuit(event);
    life.closeWindow(event);
    life.endNow();
    await soon();
    assert.deepEqual(done, ["held", "hide", "stop", "held", "held"]);
    stopped();
    await soon();
    assert.equal(done.at(-1), "exit");
  });

  test("the user may keep it running", async () => {
    const { done, answers, life, event } = lab("ask");
    life.closeWindow(event);
    life.beforeQuit(event); // one question at a time
    answers[0]?.(false);
    await soon();
    assert.deepEqual(done, ["held", "ask", "held"]);
    life.beforeQuit(event);
    answers[1]?.(true);
    await soon();
    assert.deepEqual(done.slice(3), ["held", "ask", "hide", "stop"]);
  });

  test("a signal asks nobody, not even while a question is open", async () => {
    const { done, answers, life, event } = lab("ask");
    life.beforeQuit(event);
    life.endNow();
    answers[0]?.(true);
    await soon();
    assert.deepEqual(done, ["held", "ask", "hide", "stop"]);
  });
});

describe("the application's menu", () => {
  test("has no reload and no developer tools", () => {
    for (const platform of ["linux", "win32", "darwin"] as const) {
      const text = JSON.stringify(appMenu(platform, () => {}));
      assert.doesNotMatch(text, /reload|devtools|viewMenu|zoom/i);
    }
  });

  test("quits where there is no tray to do that", () => {
    let quits = 0;
    const [file] = appMenu("linux", () => (quits += 1));
    file?.submenu?.find(({ label }) => label === "Quit")?.click?.();
    assert.equal(quits, 1);
  });
});
