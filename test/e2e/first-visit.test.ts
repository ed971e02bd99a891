/** The way of somebody who sees Mayday for the first time: practise, ask, watch, stop. */
import assert from "node:assert/strict";
import { strings } from "../../renderer/strings.ts";
import { browserTest } from "../support/browser.ts";
import { lineIsDrawn } from "./chart-pixels.ts";
import { openNew, openPractice } from "./lab.ts";
import { GetHelp, Home } from "./pages.ts";

const PRACTICE = "Practice provider";
const SHOP = "203.0.113.7:443";

browserTest(
  "a first visit: nothing is set up; one click, and there is somebody to practise with",
  async (visit) => {
    const { control } = await openNew(visit);
    const home = new Home(visit.page);
    await home.waitFor("not-set-up");
    await home.button(strings.home.actions["try-practice"]).click();
    await home.waitFor("ready-practice");
    assert.equal(await home.title.innerText(), strings.home.practice.sentence);
    const providers = await control.call("provider.list", {});
    assert.deepEqual(
      providers.map(({ kind }) => kind),
      ["practice"],
    );
  },
);

browserTest("help is asked for, comes, is watched, and is stopped", async (visit) => {
  const { page } = visit;
  const { control } = await openPractice(visit);
  const home = new Home(page);
  await home.waitFor("ready-practice");
  await home.link(strings.home.actions["practise-help"]).click();

  const help = new GetHelp(page);
  await help.type(SHOP);
  await help.next.click();
  const shown = await help.confirmation.innerText();
  for (const part of ["203.0.113.7/32", "443", SHOP]) assert.ok(shown.includes(part), shown);
  assert.deepEqual(
    await control.call("mitigation.list", { all: true }),
    [],
    "nothing was sent yet",
  );
  await help.send(PRACTICE).click();

  await home.waitFor("filtering");
  const { kept, sent, accepted, filtering } = strings.home.steps;
  const steps = await home.steps.innerText();
  for (const step of [kept, sent, accepted, filtering]) assert.ok(steps.includes(step), steps);

  await home.goTo("home");
  await home.waitFor("filtering");
  const sentence = await home.title.innerText();
  assert.match(sentence, /^Practice: .*203\.0\.113\.7:443/);
  const first = await home.droppedMoreThan(0);
  await home.droppedMoreThan(first);
  await home.chart.waitFor();
  await lineIsDrawn(page);

  await home.stop();
  await home.waitFor("ended");
  assert.match(await home.title.innerText(), /^Practice: Filtering ended at \d\d:\d\d$/);
  const [ended] = await control.call("mitigation.list", { all: true });
  assert.equal(ended?.outcome, "withdrawn");
});

for (const [how, press] of [
  ["two clicks", (help: GetHelp) => help.send(PRACTICE).dblclick()],
  [
    "a click and Enter",
    async (help: GetHelp) => {
      const send = help.send(PRACTICE);
      await send.focus();
      // In one go, as fast as two hands could ever be.
      await send.evaluate((button: { click(): void }) => {
        button.click();
        button.click();
      });
      await help.page.keyboard.press("Enter");
    },
  ],
] as const) {
  browserTest(`${how} on the button are one request`, async (visit) => {
    const { control } = await openPractice(visit);
    const help = new GetHelp(visit.page);
    await help.goTo("help");
    await help.type(SHOP);
    await help.next.click();
    await press(help);
    await new Home(visit.page).waitFor("filtering");
    assert.equal((await control.call("mitigation.list", { all: true })).length, 1);
  });
}

browserTest(
  "a refusal is told in plain words, with the provider's own and what can be done",
  async (visit) => {
    const { page } = visit;
    await openPractice(visit);
    const home = await new GetHelp(page).ask(PRACTICE, "192.88.99.1");
    await home.waitFor("refused");
    const told = await home.hero.innerText();
    assert.ok(told.includes(`${PRACTICE} refused`), told);
    assert.ok(told.includes(strings.home.refused.advice), told);
    assert.match(
      told,
      /192\.88\.99\.1\/32 is outside this client's prefixes/,
      "and the provider's",
    );
    await home.link(strings.home.actions["choose-other-targets"]).click();
    await new GetHelp(page).typed.waitFor();
  },
);
