/** The agent is killed while its page is open. */
import assert from "node:assert/strict";
import { strings } from "../../renderer/strings.ts";
import { browserTest } from "../support/browser.ts";
import { lineIsDrawn } from "./chart-pixels.ts";
import { AGENT_GONE, openPractice, startAgain } from "./lab.ts";
import { GetHelp, Home } from "./pages.ts";

/** "A few seconds", on a machine that does other things as well. */
const SOON_MS = 5000;

browserTest(
  "the page says that the agent was killed, and goes on by itself when it is back",
  async (visit) => {
    const { page, tolerate, owner } = visit;
    tolerate(AGENT_GONE);
    const lab = await openPractice(visit);
    const home = new Home(page);
    await home.waitFor("ready-practice");
    await new GetHelp(page).ask("Practice provider", "203.0.113.7:443");
    await home.waitFor("filtering");
    await home.goTo("home");
    const before = await home.droppedMoreThan(0);
    const [asked] = await lab.control.call("mitigation.list", {});

    await lab.agent.program.stop("SIGKILL");
    const from = performance.now();
    await home.waitFor("no-agent");
    const tookMs = performance.now() - from;
    assert.ok(tookMs < SOON_MS, `it took ${Math.round(tookMs)} ms to say so`);
    const told = await page.getByRole("main").innerText();
    assert.ok(told.includes(strings.home.noAgent.sentence), told);
    assert.ok(told.includes(strings.home.noAgent.command), "and how to start it by hand");

    // What needs the agent says so where it is wanted, and loses nothing that was typed.
    const help = new GetHelp(page);
    await help.goTo("help");
    await help.typed.fill("203.0.113.8");
    await help.next.click();
    await page.getByText(strings.faults["agent-gone"].words).waitFor();

    const again = await startAgain(owner, lab);
    assert.equal(again.url, lab.url, "it is where the page looks for it");
    await help.checks.waitFor();
    assert.equal(await help.typed.inputValue(), "203.0.113.8");
    await home.goTo("home");
    await home.waitFor("filtering");
    const live = await again.control.call("mitigation.list", {});
    assert.deepEqual(
      live.map(({ id }) => id),
      [asked?.id],
    );
    await home.droppedMoreThan(before);
    await home.chart.waitFor();
    await lineIsDrawn(page);
  },
);

browserTest("an agent that ends in good order is missed in the same way", async (visit) => {
  visit.tolerate(AGENT_GONE);
  const lab = await openPractice(visit);
  const home = new Home(visit.page);
  await home.waitFor("ready-practice");
  await lab.agent.program.stop("SIGTERM");
  await home.waitFor("no-agent");
  await startAgain(visit.owner, lab);
  await home.waitFor("ready-practice");
});
