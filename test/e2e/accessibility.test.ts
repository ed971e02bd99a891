/** Every page in each of its main states: nothing that axe objects to, and nothing wider than a telephone. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { strings } from "../../renderer/strings.ts";
import { browserTest } from "../support/browser.ts";
import { assertAccessible } from "./accessibility.ts";
import { AGENT_GONE, openNew, openPractice, type Lab } from "./lab.ts";
import { Frame, GetHelp, Home, Providers } from "./pages.ts";

const PRACTICE = "Practice provider";
const TELEPHONE = { width: 390, height: 844 };

/** What is looked at in each state. */
type Look = (page: Page, what: string) => Promise<void>;

/** Leads through every page before there is a provider. */
async function emptyPages(page: Page, look: Look): Promise<void> {
  const home = new Home(page);
  await home.waitFor("not-set-up");
  await look(page, "Home, not set up");
  await home.goTo("help");
  await home.page.getByText(strings.help.noProvider.title).waitFor();
  await look(page, "Get help, nobody to call");
  const providers = new Providers(page);
  await providers.openForm();
  await providers.add();
  await page.getByText(strings.providers.form.required).first().waitFor();
  await look(page, "Providers, the form with faults");
  await page.goto(`${page.url().split("#")[0] ?? ""}#/nowhere`);
  await page.getByText(strings.common.unknownPage.title).waitFor();
  await look(page, "an unknown page");
}

/** Leads through every page around a request. */
async function busyPages(page: Page, look: Look, { control }: Lab): Promise<void> {
  const home = new Home(page);
  await home.waitFor("ready-practice");
  await look(page, "Home, practice ready");

  await home.button(strings.home.targets.add).click();
  await home.dialog.waitFor();
  await look(page, "Home, naming a target");
  await page.keyboard.press("Escape");
  await home.dialog.waitFor({ state: "detached" });
  await control.call("target.add", { name: "Web shop", target: "203.0.113.7:443" });

  const help = new GetHelp(page);
  await help.goTo("help");
  await page.getByRole("checkbox", { name: /Web shop/ }).check();
  await help.typed.fill("203.0.113.8, 192.168.1.10");
  await help.checks.getByText(/inside/).waitFor();
  await look(page, "Get help, the form with a bad address");
  await help.type("203.0.113.8");
  await help.next.click();
  await help.confirmation.waitFor();
  await look(page, "Get help, what will be asked");
  await help.send(PRACTICE).click();
  await home.waitFor("filtering");
  await home.chart.waitFor();
  await look(page, "Get help, the request");

  await home.goTo("home");
  await home.chart.waitFor();
  await page.getByText(strings.common.details).first().click();
  await look(page, "Home, filtering, with details");
  await home.button(strings.home.actions.stop).click();
  await home.dialog.waitFor();
  await look(page, "Home, asking before it stops");
  await home.answer(strings.home.stopDialog.keep).click();

  await home.goTo("activity");
  await page.getByRole("heading", { name: strings.units.today }).waitFor();
  await page.getByText(strings.common.details).first().click();
  await look(page, "Activity");

  const providers = new Providers(page);
  await providers.goTo("providers");
  await providers.of(PRACTICE, strings.providers.test.run).click();
  await page.getByText(strings.providers.test.passed).waitFor();
  await look(page, "Providers, tested");
  await providers.of(PRACTICE, strings.providers.remove).click();
  await providers.dialog.waitFor();
  await look(page, "Providers, asking before it is removed");
  await providers.answer(strings.common.remove).click();
  await providers.dialog.getByText(strings.faults["provider-in-use"].words).waitFor();
  await look(page, "Providers, not to be removed");
  await page.keyboard.press("Escape");
}

/** After a request: refused, and then without an agent. */
async function badPages(page: Page, look: Look, { agent }: Lab): Promise<void> {
  const home = await new GetHelp(page).ask(PRACTICE, "192.88.99.1");
  await home.waitFor("refused");
  await look(page, "Get help, refused");
  await home.goTo("home");
  await home.waitFor("refused");
  await look(page, "Home, refused");
  await agent.program.stop("SIGKILL");
  await home.waitFor("no-agent");
  await look(page, "Home, no agent");
  await home.goTo("providers");
  await page.getByText(strings.common.lost.waiting).waitFor();
  await look(page, "Providers, no agent");
}

browserTest("axe has no objection to the pages of a first visit", async (visit) => {
  await openNew(visit);
  await emptyPages(visit.page, assertAccessible);
});

browserTest("axe has no objection to the pages around a request", async (visit) => {
  const lab = await openPractice(visit);
  await busyPages(visit.page, assertAccessible, lab);
});

browserTest("axe has no objection to the pages when it goes badly", async (visit) => {
  const lab = await openPractice(visit);
  visit.tolerate(AGENT_GONE);
  await badPages(visit.page, assertAccessible, lab);
});

async function assertNarrow(page: Page, what: string): Promise<void> {
  const [has, may] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  );
  assert.ok(has <= may, `${what} is ${has} px wide on a screen of ${may} px`);
  if ((await page.getByRole("dialog").count()) > 0) return; // nothing behind it is to be reached
  for (const link of await new Frame(page).navigation.getByRole("link").all()) {
    const box = await link.boundingBox();
    const isThere =
      box !== null &&
      box.x >= 0 &&
      box.x + box.width <= TELEPHONE.width &&
      box.y >= 0 &&
      box.y + box.height <= TELEPHONE.height;
    assert.ok(isThere, `${what}: ${await link.innerText()} is at ${JSON.stringify(box)}`);
    assert.ok(
      (box?.height ?? 0) >= 44,
      `${what}: ${await link.innerText()} is too low for a thumb`,
    );
  }
}

browserTest(
  "on a telephone nothing is cut off, and every page can be reached from every other",
  async (visit) => {
    const lab = await openNew(visit);
    await emptyPages(visit.page, assertNarrow);
    await lab.control.call("provider.addPractice", {});
    await new Home(visit.page).goTo("home");
    await busyPages(visit.page, assertNarrow, lab);
  },
  { viewport: TELEPHONE },
);
