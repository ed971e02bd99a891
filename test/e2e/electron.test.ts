/**
 * The desktop app: the real one where Electron's runtime is installed; everywhere its interface in Chromium, behind the
 * shell's own files, policy, preload and bridge.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { _electron, type ElectronApplication, type Page } from "playwright-core";
import { contract } from "../../agent/control/contract.ts";
import { byName } from "../../agent/control/define.ts";
import { answerFrom } from "../../electron/main/app-protocol.ts";
import { bridgeControl, type Ipc } from "../../electron/main/control-bridge.ts";
import { strings } from "../../renderer/strings.ts";
import { desktopObstacle, electronProgram } from "../../scripts/start.ts";
import { ROOT } from "../../scripts/tree.ts";
import { environmentOf, scratchFolder } from "../support/agent-process.ts";
import { browserTest } from "../support/browser.ts";
import { buildApp } from "../unit/electron/built-app.ts";
import { startLab } from "./lab.ts";
import { GetHelp, Home } from "./pages.ts";

const app = buildApp();
after(() => app.remove());

const PRACTICE = "Practice provider";
const SHOP = "203.0.113.7:443";

/** Where the page is in place of app://mayday/: every request for it is answered by the shell's own code. */
const PLACE = "http://127.0.0.1:9/";

/** Lets `page` be the shell's window: its files, their headers, its preload, and the bridge to the agent. */
async function asWindow(
  page: Page,
  api: Parameters<typeof bridgeControl>[0]["api"],
): Promise<void> {
  const frame = { url: "app://mayday/" };
  const sender = {
    mainFrame: frame,
    isDestroyed: () => page.isClosed(),
    send: (channel: string, message: unknown) => {
      const [name, value] = [JSON.stringify(channel), JSON.stringify(message)];
      page.evaluate(`deliver(${name}, ${value})`).catch(() => {}); // it may be closed by now
    },
  };
  const handlers = new Map<string, Parameters<Ipc["handle"]>[1]>();
  const bridge = bridgeControl({
    ipc: {
      handle: (channel, handler) => void handlers.set(channel, handler),
      removeHandler: (channel) => void handlers.delete(channel),
    },
    api,
    names: {
      calls: new Set(byName<unknown>(contract.calls).keys()),
      events: new Set(byName<unknown>(contract.events).keys()),
    },
    onStranger: (url) => assert.fail(`${url} is a stranger`),
  });
  bridge.attach(sender);
  await page.exposeFunction("invoke", (channel: string, message: unknown) =>
    handlers.get(channel)?.({ sender, senderFrame: frame }, message),
  );
  await page.addInitScript(`{
    const listeners = new Map();
    globalThis.deliver = (channel, message) => listeners.get(channel)?.({}, message);
    const electron = {
      contextBridge: { exposeInMainWorld: (name, value) => (globalThis[name] = value) },
      ipcRenderer: { invoke: globalThis.invoke, on: (channel, tell) => listeners.set(channel, tell) },
    };
    ((require) => { ${readFileSync(app.at("dist/electron/preload/index.cjs"), "utf8")} })(() => electron);
  }`);
  await page.route(`${PLACE}**`, async (route) => {
    const request = route.request();
    const url = request.url().replace(PLACE, "app://mayday/");
    const answer = await answerFrom(app.at("dist/renderer"), { method: request.method(), url });
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
}

browserTest(
  "the interface works within the shell's strict policy and its bridge",
  async (visit) => {
    const { page, tolerate } = visit;
    const { control } = await startLab(visit.owner);
    await asWindow(page, control);
    await page.goto(PLACE);
    const home = new Home(page);
    await home.waitFor("not-set-up");
    await home.button(strings.home.actions["try-practice"]).click();
    await home.waitFor("ready-practice");
    await home.goTo("help");
    await new GetHelp(page).ask(PRACTICE, SHOP);
    await home.waitFor("filtering");
    await home.goTo("home");
    await home.droppedMoreThan(0);
    await home.stop();
    await home.waitFor("stopping", "ended", "ready-practice");
    tolerate(/data:,x/); // Chromium tells of it in three ways
    const policy = await page.evaluate("fetch('data:,x').then(() => 'let through', () => 'kept')");
    assert.equal(policy, "kept", "the page reaches nothing but the bridge");
  },
);

const program = electronProgram(join(ROOT, "node_modules", "electron"), process.env);
const SKIP =
  program === undefined
    ? "Electron's runtime is not installed (npx install-electron downloads it)"
    : // A test's pages are our own: root may have them without a sandbox.
      (desktopObstacle(program, process.platform, process.env, undefined) ?? false);

describe("the desktop app", () => {
  let electron: ElectronApplication;
  let page: Page;
  const ending: (() => Promise<void>)[] = [];
  const dataDir = SKIP === false ? scratchFolder({ after: (fn) => void ending.push(fn) }) : "";

  before(async () => {
    if (program === undefined || SKIP !== false) return;
    electron = await _electron.launch({
      executablePath: program,
      args: [
        app.at("dist/electron/main/index.mjs"),
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ],
      env: stringsOf(environmentOf(dataDir)),
    });
    page = await electron.firstWindow();
  });

  after(async () => {
    if (SKIP === false) await electron.close();
    for (const end of ending) await end();
  });

  test("shows Home, and practises in one click", { skip: SKIP }, async () => {
    const home = new Home(page);
    await home.waitFor("not-set-up");
    await home.button(strings.home.actions["try-practice"]).click();
    await home.waitFor("ready-practice");
  });

  test("its page has window.mayday, and nothing of Node or Electron", { skip: SKIP }, async () => {
    const found = await page.evaluate(`({
      mayday: Object.keys(window.mayday).sort(),
      others: ["require", "process", "module", "Buffer", "electron"].filter((name) => name in window),
    })`);
    assert.deepEqual(found, { mayday: ["call", "on"], others: [] });
  });

  test("its page goes nowhere, opens nothing, and reaches nothing", { skip: SKIP }, async () => {
    const opened = await page.evaluate("window.open('https://www.example.com/') === null");
    assert.equal(opened, true);
    await page.evaluate("void (location.href = 'https://www.example.com/')");
    const reached = await page.evaluate(
      "fetch('app://mayday/index.html').then(() => 'reached', () => 'refused')",
    );
    assert.equal(reached, "refused");
    assert.match(page.url(), /^app:\/\/mayday\//);
    assert.equal(electron.windows().length, 1);
  });

  test("goes on when the agent's process is killed", { skip: SKIP }, async () => {
    const pid = await electron.evaluate(
      ({ app: { getAppMetrics } }) =>
        getAppMetrics().find(({ name }) => name === "Mayday agent")?.pid,
    );
    assert.ok(pid);
    process.kill(pid, "SIGKILL");
    const home = new Home(page);
    await home.waitFor("no-agent");
    await home.waitFor("ready-practice");
  });
});

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}
