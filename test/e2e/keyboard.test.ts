/** Everything by the keyboard alone, seeing where one is. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { strings } from "../../renderer/strings.ts";
import { browserTest, until } from "../support/browser.ts";
import { openPractice } from "./lab.ts";
import { GetHelp, Home } from "./pages.ts";

const PRACTICE = "Practice provider";
/** More stops than any page has. */
const MOST_STOPS = 60;

/** What has the focus: its words, and whether it, or what is drawn for it, has an outline. */
interface Focused {
  readonly words: string;
  readonly visible: boolean;
}

const FOCUSED = `(() => {
  const at = document.activeElement;
  const drawn = [at, at.nextElementSibling, at.parentElement].filter((one) => one !== null);
  const outlined = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1;
  };
  const label = at.labels?.[0]?.innerText ?? "";
  return {
    words: (at.getAttribute("aria-label") ?? (label || at.innerText)).replaceAll(/\\s+/g, " ").trim(),
    visible: at.matches(":focus-visible") && drawn.some(outlined),
  };
})()`;

function focused(page: Page): Promise<Focused> {
  return page.evaluate<Focused>(FOCUSED);
}

/** Waits until what has exactly these words has the focus; `what`: why it should. */
async function hasFocus(page: Page, words: string, what: string): Promise<void> {
  await until(
    page,
    async () => (await focused(page)).words,
    (found) => found === words,
    `${what}: "${words}" should have the focus`,
  );
}

/** Presses Tab until what begins with `words` has the focus; every stop on the way can be seen. */
async function tabTo(page: Page, words: string): Promise<void> {
  const stops: string[] = [];
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    stops.push(at.words);
    if (at.words === "") continue; // the browser's own part of the window
    assert.ok(at.visible, `the focus on "${at.words}" can be seen`);
    if (at.words.startsWith(words)) return;
  }
  assert.fail(`"${words}" cannot be reached; Tab stops at: ${stops.join(" | ")}`);
}

browserTest("a request is made, watched and stopped by the keyboard alone", async (visit) => {
  const { page } = visit;
  const { control } = await openPractice(visit);
  const { keyboard } = page;
  const home = new Home(page);
  await home.waitFor("ready-practice");

  await tabTo(page, strings.common.skip);
  await keyboard.press("Enter");
  await tabTo(page, strings.home.actions["practise-help"]);
  await keyboard.press("Enter");
  const help = new GetHelp(page);
  await help.typed.waitFor();
  await hasFocus(page, strings.help.page, "a new page begins at its title");

  await tabTo(page, strings.help.targets.typed);
  await keyboard.type("203.0.113.7:443");
  await help.checks.getByText(strings.help.targets.good).waitFor();
  await tabTo(page, strings.help.lifetime.choices[3600]);
  await keyboard.press("ArrowLeft");
  await tabTo(page, strings.help.next);
  await keyboard.press("Enter");
  await help.confirmation.waitFor();
  await hasFocus(page, strings.help.confirm.title(PRACTICE), "what is to be read");
  await tabTo(page, strings.help.confirm.send(PRACTICE));
  await keyboard.press("Space");
  await home.waitFor("filtering");
  const [asked] = await control.call("mitigation.list", {});
  assert.equal(asked?.lifetimeS, 900, "what the arrow key chose");

  await tabTo(page, strings.home.actions.stop);
  await keyboard.press("Enter");
  await home.dialog.waitFor();
  await hasFocus(page, strings.home.stopDialog.keep, "the harmless answer");
  await tabTo(page, strings.home.stopDialog.confirm);
  await keyboard.press("Escape");
  await home.dialog.waitFor({ state: "detached" });
  await hasFocus(page, strings.home.actions.stop, "back where it came from");
  assert.equal(await home.state(), "filtering");

  await keyboard.press("Enter");
  await home.dialog.waitFor();
  await hasFocus(page, strings.home.stopDialog.keep, "the harmless answer, again");
  await tabTo(page, strings.home.stopDialog.confirm);
  await keyboard.press("Enter");
  await home.waitFor("ended");
});

browserTest(
  "a dialog keeps the focus, gives it back, and what is wrong is read with its field",
  async (visit) => {
    const { page } = visit;
    await openPractice(visit);
    const home = new Home(page);
    await home.waitFor("ready-practice");
    const { add, name, target } = strings.home.targets;
    await tabTo(page, add);
    await page.keyboard.press("Space");
    await home.dialog.waitFor();
    for (let stop = 0; stop < 12; stop += 1) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate<boolean>(
        'document.activeElement === document.body || document.activeElement.closest("dialog") !== null',
      );
      assert.ok(inside, `${(await focused(page)).words} is behind the dialog`);
    }
    await home.dialog.getByLabel(name).fill("Mail");
    const field = home.dialog.getByLabel(target);
    await field.fill("192.168.1.10");
    await page.keyboard.press("Enter");
    await home.dialog.getByText(/inside/).waitFor();
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const about = (await field.getAttribute("aria-describedby")) ?? "";
    const texts = about.split(" ").map((id) => page.locator(`[id="${id}"]`).innerText());
    const described = (await Promise.all(texts)).join(" ");
    assert.match(described, /192\.168\.1\.10/);
    await page.keyboard.press("Escape");
    await home.dialog.waitFor({ state: "detached" });
    await hasFocus(page, add, "back where it came from");
  },
);
