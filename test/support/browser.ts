/**
 * Debian's Chromium: one for a file of tests, a context of its own for each test. A test fails when its page reports a
 * fault, breaks its own content security policy, or asks for anything that is not on this machine.
 */
import assert from "node:assert/strict";
import { after, test, type TestContext } from "node:test";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { buildInterface } from "../../scripts/built-interface.ts";
import { peer } from "./peers.ts";
import type { Owner } from "./server-process.ts";

/** Where Chromium is, or why it is not. */
const CHROMIUM = peer("chromium");

/** As root there is no sandbox, and in a container little shared memory. */
const ARGS = ["--no-sandbox", "--disable-dev-shm-usage"];

/** How long anything on a page may take on a busy machine, in milliseconds. */
const PATIENCE_MS = 15_000;

const TEST_MS = 90_000;

/** One test's visit: a browser that nobody has used before. */
export interface Visit {
  readonly page: Page;
  readonly t: TestContext;
  /** Stops what the test starts, the latest first. */
  readonly owner: Owner;
  /** Another page in the same browser; `alone`: in one that knows nothing of this one. Its faults count as well. */
  open(where?: "beside" | "alone"): Promise<Page>;
  /** What goes wrong on the page and matches is part of this test: such as what Chromium says of a lost agent. */
  tolerate(pattern: RegExp): void;
}

let browser: Promise<Browser> | undefined;

after(async () => {
  await (await browser)?.close();
});

function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: CHROMIUM.path, args: ARGS });
  return browser;
}

/** A test with a browser; it is skipped, and says why, where there is none. */
export function browserTest(
  title: string,
  run: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions = {},
): void {
  test(title, { skip: CHROMIUM.skip, timeout: TEST_MS }, async (t) => {
    buildInterface();
    const taken: (() => Promise<void>)[] = [];
    try {
      await visit(t, { after: (fn) => void taken.push(fn) }, run, options);
    } finally {
      for (const release of taken.toReversed()) await release();
    }
  });
}

async function visit(
  t: TestContext,
  owner: Owner,
  run: (visit: Visit) => Promise<void>,
  options: BrowserContextOptions,
): Promise<void> {
  const faults: string[] = [];
  const tolerated: RegExp[] = [];
  const makeContext = async (): Promise<BrowserContext> => {
    const started = await theBrowser();
    const context = await started.newContext({ reducedMotion: "reduce", ...options });
    owner.after(() => context.close());
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  const own = await makeContext();
  const open = async (where: "beside" | "alone" = "beside"): Promise<Page> => {
    const context = where === "beside" ? own : await makeContext();
    const page = await context.newPage();
    await watchFaults(page, faults);
    return page;
  };
  const page = await open();
  const tolerate = (pattern: RegExp): void => void tolerated.push(pattern);
  await withPageText(page, () => run({ page, t, owner, open, tolerate }));
  const real = faults.filter((fault) => !tolerated.some((pattern) => pattern.test(fault)));
  assert.deepEqual(real, [], "the page has no fault");
}

/** Adds to `faults` what goes wrong on `page`, as long as it is open. */
async function watchFaults(page: Page, faults: string[]): Promise<void> {
  const look = (url: string): void => {
    if (!/^(?:(?:http|ws):\/\/127\.0\.0\.1:\d+\/|data:|blob:)/.test(url)) {
      faults.push(`asks for ${url}, which is elsewhere`);
    }
  };
  page.on("pageerror", (error) => faults.push(`throws ${String(error)}`));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`says ${message.text()}`);
  });
  page.on("request", (request) => look(request.url()));
  page.on("websocket", (socket) => look(socket.url()));
  page.on("dialog", (dialog) => {
    faults.push(`opens a box: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
    console.error("policy broken: " + event.violatedDirective + " " + event.blockedURI))`);
}

/** What failed is easier to understand with what a user would have seen. */
async function withPageText(page: Page, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const text = await page
      .locator("body")
      .innerText({ timeout: 1000 })
      .catch(() => "(nothing can be read)");
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${page.url()} showed:\n${text}`, { cause: error });
  }
}

/**
 * Waits until `look` gives what `accept` wants, and answers it: for what no selector can tell. The page is looked at
 * again whenever it is drawn.
 */
export async function until<Value>(
  page: Page,
  look: () => Promise<Value>,
  accept: (value: Value) => boolean,
  what: string,
): Promise<Value> {
  const from = performance.now();
  for (;;) {
    const value = await look();
    if (accept(value)) return value;
    if (performance.now() - from > PATIENCE_MS) assert.fail(`${what}; it is ${String(value)}`);
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(drawn))");
  }
}
