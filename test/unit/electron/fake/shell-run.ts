/**
 * Runs the built shell on the fake Electron, which is to be in the place of the real one, and lets a page use it:
 * `node shell-run.ts ENTRY STORY`. Prints one JSON object a line for what a test wants to see.
 */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { connectControl } from "../../../../agent/control/transport/socket-client.ts";
import { controlPathOf, dataDirOf, surroundings } from "../../../../agent/host/data-dir.ts";
import { startAgent, type RunningAgent } from "../../../../agent/main.ts";
import { app, seen, type BrowserWindow } from "./electron.ts";

interface PageApi {
  call(name: string, input: unknown): Promise<never>;
  on(name: string, listener: (payload: never) => void): () => void;
}

const [entry = "", story = ""] = process.argv.slice(2);

function print(step: string, details: object = {}): void {
  process.stdout.write(`${JSON.stringify({ step, ...details })}\n`);
}

/** Looks again and again, 10 s at most, until there is something. */
async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(25);
  }
  throw new Error(`there was no ${what}`);
}

/** Runs the built preload in a page of the window, whose words go through the shell's real handlers. */
function pageOf(window: BrowserWindow): PageApi {
  const { webContents } = window;
  const exposed: Record<string, PageApi> = {};
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: PageApi): void => void (exposed[name] = api),
    },
    ipcRenderer: {
      invoke: async (channel: string, message: unknown) => {
        const event = { sender: webContents, senderFrame: webContents.mainFrame };
        return structuredClone(await seen.handlers.get(channel)?.(event, structuredClone(message)));
      },
      on: (channel: string, listener: (...values: unknown[]) => void) =>
        webContents.received.on(channel, listener),
    },
  };
  const preload = String(window.options.webPreferences["preload"]);
  const source = readFileSync(preload, "utf8");
  runInNewContext(source, { require: () => electron, module: { exports: {} }, exports: {} });
  const { mayday } = exposed;
  if (mayday === undefined) throw new Error("the preload exposed nothing");
  return mayday;
}

const sentence = (): string => seen.trays[0]?.items[0]?.label ?? "";
const says = (pattern: RegExp): Promise<boolean> =>
  until(
    `sentence like ${pattern}; it was: ${sentence()}`,
    () => pattern.test(sentence()) || undefined,
  );

interface StatusLike {
  readonly agent: { readonly version: string };
  readonly sessions: readonly { readonly kind: string; readonly state: string }[];
}

async function answered(page: PageApi): Promise<StatusLike> {
  return until("answer", () =>
    (page.call("agent.status", {}) as Promise<StatusLike>).catch(() => undefined),
  );
}

async function ownAgent(window: BrowserWindow, page: PageApi): Promise<void> {
  const answer = await seen.schemes.get("app")?.({
    method: "GET",
    url: window.webContents.mainFrame.url,
  });
  print("page", { status: answer?.status, type: answer?.headers.get("Content-Type") });
  print("agent", { version: (await answered(page)).agent.version });
  let last: StatusLike | undefined;
  page.on("agent.changed", (status: StatusLike) => (last = status));
  await until("event", () => last);
  await says(/^Nobody to call yet$/);
  await page.call("provider.addPractice", {});
  await says(/^Practice/);
  await until("session", () => last?.sessions.find(({ state }) => state === "active"));
  print("practice", { sentence: sentence() });
  const fault = (await page
    .call("provider.show", { provider: "nobody" })
    .catch((no: unknown) => no)) as object;
  print("refused", fault);
  seen.agents[0]?.kill("SIGKILL");
  await says(/not running/);
  await answered(page);
  await says(/^Practice/);
  print("again", { agents: seen.agents.length, providers: (last?.sessions ?? []).length });
  seen.trays[0]?.items.find(({ label }) => label?.startsWith("Get help"))?.click?.();
  print("help", { url: window.webContents.mainFrame.url, isShown: window.isShown });
}

async function othersAgent(other: RunningAgent, page: PageApi): Promise<void> {
  await answered(page);
  await says(/^Nobody to call yet$/);
  print("joined", { agents: seen.agents.length });
  await other.close();
  await answered(page);
  print("own", { agents: seen.agents.length });
}

async function leaveOthersAgent(other: RunningAgent, page: PageApi): Promise<void> {
  await answered(page);
  const { exit } = app;
  const look = async (): Promise<void> => {
    const agent = await connectControl(other.controlPath);
    const { agent: left } = await agent.call("agent.status", {});
    print("left", { version: left.version });
    agent.close();
    await other.close();
  };
  app.exit = (code) => {
    look().then(
      () => exit(code),
      () => exit(1),
    );
  };
}

/** An agent that somebody else started. */
function startOther(): Promise<RunningAgent> {
  const here = surroundings();
  const dataDir = dataDirOf(here);
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: console.error };
  const controlPath = controlPathOf(here, dataDir);
  return startAgent({ dataDir, controlPath, console: "off", log, practice: false });
}

const other = story === "joined" || story === "left" ? await startOther() : undefined;
process.on("exit", () => print("exit", { notices: seen.notices }));
await import(pathToFileURL(entry).href);
const window = await until("window", () => seen.windows[0]);
const page = pageOf(window);
print("window", {
  sandboxed: seen.isSandboxed,
  data: seen.paths.get("userData") === dataDirOf(surroundings()),
  preload: String(window.options.webPreferences["preload"]).slice(dirname(dirname(entry)).length),
});
if (other === undefined) await ownAgent(window, page);
else if (story === "joined") await othersAgent(other, page);
else await leaveOthersAgent(other, page);
app.quit();
