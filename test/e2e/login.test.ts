/** Who may see the console, and what its pages may do. */
import assert from "node:assert/strict";
import { browserTest } from "../support/browser.ts";
import { openNew, startLab } from "./lab.ts";
import { Frame, Home } from "./pages.ts";

browserTest(
  "a login link works once, and says so the second time",
  async ({ owner, page, open, tolerate }) => {
    tolerate(/status of 403/);
    const { control } = await startLab(owner);
    const { url } = await control.call("console.link", {});
    await page.goto(url);
    await new Home(page).waitFor("not-set-up");
    assert.ok(!page.url().includes("token"), "the token does not stay in the address");

    const other = await open("alone");
    assert.equal((await other.goto(url))?.status(), 403);
    const words = await other.locator("main").innerText();
    assert.match(words, /used or is too old/);
    assert.match(words, /mayday console/);

    // Whoever is logged in already just gets there.
    await page.goto(url);
    await new Home(page).waitFor("not-set-up");
  },
);

browserTest(
  "a browser without a login is told how to get one, and sees nothing",
  async ({ owner, page, tolerate }) => {
    tolerate(/status of 401/);
    const { url } = await startLab(owner);
    assert.equal((await page.goto(url))?.status(), 401);
    assert.match(await page.locator("main").innerText(), /mayday console/);
    assert.equal(await page.locator("script").count(), 0);
  },
);

browserTest("the login outlives the page, and a second page shares it", async (visit) => {
  const { url } = await openNew(visit);
  const second = await visit.open();
  await second.goto(url);
  await new Home(second).waitFor("not-set-up");
  await visit.page.reload();
  await new Home(visit.page).waitFor("not-set-up");
});

browserTest("pages come with a strict policy and stay out of caches and frames", async (visit) => {
  const { url } = await openNew(visit);
  const headers = (await visit.page.goto(url))?.headers() ?? {};
  const policy = headers["content-security-policy"] ?? "";
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'"]) {
    assert.ok(policy.includes(rule), policy);
  }
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["cache-control"], "no-store");
  // It is enforced, not only sent: what is put into the page as text stays text.
  const frame = new Frame(visit.page);
  visit.tolerate(/policy|Content Security Policy/);
  await visit.page.evaluate(`document.body.insertAdjacentHTML("beforeend",
    "<img src='data:,x' onerror='globalThis.ran = true'><a id=bad href='javascript:globalThis.ran = true'>x</a>")`);
  await visit.page.locator("#bad").click();
  await frame.goTo("activity");
  assert.equal(await visit.page.evaluate("globalThis.ran"), undefined);
});
