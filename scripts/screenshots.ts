/**
 * `npm run screenshots`: takes the pictures of docs/screenshots, of the real agent with its practice provider, in
 * Chromium. What was there before is removed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { chromium, type Browser, type Page } from "playwright-core";
import type { EventPayload } from "../agent/control/contract.ts";
import { connectControl } from "../agent/control/transport/socket-client.ts";
import type { ControlConnection } from "../agent/control/transport/socket-client.ts";
import { strings } from "../renderer/strings.ts";
import { buildInterface } from "./built-interface.ts";
import { whereIs } from "./peers.ts";
import { ROOT } from "./tree.ts";

const FOLDER = join(ROOT, "docs", "screenshots");
const DESK = { width: 1280, height: 800 };
const TELEPHONE = { width: 390, height: 844 };
/** What a picture in a document may be, in octets. */
const MOST_OCTETS = 150_000;
const PATIENCE_MS = 30_000;
/** How many numbers the provider must have told for the chart to have a curve; it tells one a second. */
const CURVE_SAMPLES = 15;
/** How many heartbeats there are to be seen. */
const BEATS = 3;
const PRACTICE = "Practice provider";
const TARGETS = [
  ["Web shop", "203.0.113.7:443"],
  ["Mail", "203.0.113.25:25"],
  ["Telephone", "203.0.113.40/30"],
] as const;

/** Everything that the pictures are taken of. */
interface Studio {
  readonly page: Page;
  readonly control: ControlConnection;
}

/** One after the other: each scene leads from the one before to what its pictures show. */
const SCENES: readonly (readonly [what: string, play: (studio: Studio) => Promise<void>])[] = [
  ["the practice provider is ready", ready],
  ["help is about to be asked for", confirm],
  ["the provider filters", filtering],
  ["the provider is tested", tested],
  ["what happened", activity],
];

async function ready({ page, control }: Studio): Promise<void> {
  await control.call("provider.addPractice", {});
  for (const [name, target] of TARGETS) await control.call("target.add", { name, target });
  await page.locator('.hero[data-state="ready-practice"]').waitFor();
  await until(
    control,
    ({ sessions: [session] }) => (session?.heartbeat.recent.length ?? 0) >= BEATS,
  );
  await take(page, "home-ready");
}

async function confirm({ page }: Studio): Promise<void> {
  await goTo(page, "help");
  await page.getByRole("checkbox", { name: /Web shop/ }).check();
  await page.getByRole("button", { name: strings.help.next }).click();
  await page.locator(".confirm").waitFor();
  await take(page, "get-help");
  await page.setViewportSize(TELEPHONE);
  await take(page, "get-help-narrow");
  await page.setViewportSize(DESK);
  await page.getByRole("button", { name: strings.help.confirm.send(PRACTICE) }).click();
}

async function filtering({ page, control }: Studio): Promise<void> {
  await page.locator('.hero[data-state="filtering"]').waitFor();
  const told = new Set<string>();
  await until(control, ({ mitigations: [mitigation] }) => {
    if (mitigation?.toldAt) told.add(mitigation.toldAt);
    return told.size >= CURVE_SAMPLES;
  });
  await goTo(page, "home");
  await page.getByRole("img", { name: /^Dropped traffic/ }).waitFor();
  await take(page, "home-filtering");
  await page.emulateMedia({ colorScheme: "dark" });
  await take(page, "home-filtering-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(TELEPHONE);
  await take(page, "home-filtering-narrow");
  await page.setViewportSize(DESK);
}

/** Waits until the agent tells what `accept` wants. */
async function until(
  control: ControlConnection,
  accept: (status: EventPayload<"agent.changed">) => boolean,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const listening = control.on("agent.changed", (status) => {
      if (!accept(status)) return;
      listening.stop();
      resolve();
    });
  });
}

async function tested({ page }: Studio): Promise<void> {
  await goTo(page, "providers");
  const card = page.getByRole("region", { name: PRACTICE });
  await card.getByRole("button", { name: new RegExp(`^${strings.providers.test.run}`) }).click();
  await card.getByText(strings.providers.test.passed).waitFor();
  await take(page, "providers");
  await page.emulateMedia({ colorScheme: "dark" });
  await take(page, "providers-dark");
  await page.emulateMedia({ colorScheme: "light" });
}

async function activity({ page }: Studio): Promise<void> {
  await goTo(page, "activity");
  await page.getByRole("heading", { name: strings.units.today }).waitFor();
  await take(page, "activity");
}

async function goTo(page: Page, to: "home" | "help" | "providers" | "activity"): Promise<void> {
  const link = page.getByRole("navigation").getByRole("link", { name: strings.common.nav[to] });
  await link.click();
  await link.blur(); // a ring around it would say that the keyboard is in use
}

/** One picture of what can be seen without scrolling, after everything was drawn. */
async function take(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0); // nothing is pointed at
  await page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))");
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  const octets = statSync(path).size;
  if (octets > MOST_OCTETS) throw new Error(`${path} has ${octets} octets, too many`);
  console.log(`  ${name}.png  ${Math.ceil(octets / 1000)} kB`);
}

/** What is to be ended, the latest first. */
class Ends {
  readonly #ends: (() => Promise<unknown> | void)[] = [];

  add(end: () => Promise<unknown> | void): void {
    this.#ends.push(end);
  }

  async all(): Promise<void> {
    for (const end of this.#ends.toReversed()) await end();
  }
}

/** The agent as users run it, on a data directory of its own. */
async function startAgent(ends: Ends): Promise<ControlConnection> {
  const dataDir = mkdtempSync(join(tmpdir(), "mayday-"));
  ends.add(() => rmSync(dataDir, { recursive: true, force: true }));
  const { XDG_RUNTIME_DIR: _runtime, MAYDAY_CONTROL: _control, ...env } = process.env;
  const args = [join(ROOT, "agent/cli/mayday.ts"), "agent", "run", "--console-port", "0"];
  const agent = spawn(process.execPath, [...args, "--log-level", "warn"], {
    env: { ...env, MAYDAY_DATA_DIR: dataDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  ends.add(() => stop(agent));
  const [line] = (await once(createInterface(agent.stdout), "line", {
    signal: AbortSignal.timeout(PATIENCE_MS),
  })) as [string];
  const { control: path } = JSON.parse(line) as { control: string };
  const control = await connectControl(path, { validate: false });
  ends.add(() => control.close());
  return control;
}

async function stop(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  const closed = once(agent, "close");
  agent.kill("SIGTERM");
  await closed;
}

/** A browser that has logged in. */
async function openPage(ends: Ends, control: ControlConnection): Promise<Page> {
  const executablePath = whereIs("chromium");
  if (executablePath === undefined) throw new Error("needs chromium (Debian package chromium)");
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  const browser: Browser = await chromium.launch({ executablePath, args });
  ends.add(() => browser.close());
  const page = await browser.newPage({
    viewport: DESK,
    deviceScaleFactor: 1,
    colorScheme: "light",
    reducedMotion: "reduce",
    locale: "en-GB",
  });
  page.setDefaultTimeout(PATIENCE_MS);
  const { url } = await control.call("console.link", {});
  await page.goto(url);
  return page;
}

function emptyFolder(): void {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of readdirSync(FOLDER)) {
    if (name.endsWith(".png")) rmSync(join(FOLDER, name));
  }
}

const ends = new Ends();
try {
  if (buildInterface()) console.log("the interface was built");
  const control = await startAgent(ends);
  const page = await openPage(ends, control);
  emptyFolder();
  for (const [what, play] of SCENES) {
    console.log(what);
    await play({ page, control });
  }
} finally {
  await ends.all();
}
