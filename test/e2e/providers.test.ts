/** A real provider, added by hand: `mayday server` in a process of its own. */
import assert from "node:assert/strict";
import { dayDate } from "../../renderer/model/format.ts";
import { strings } from "../../renderer/strings.ts";
import { browserTest, type Visit } from "../support/browser.ts";
import { makeCertificate } from "../support/make-certificate.ts";
import { startServer, type ServerProcess } from "../support/server-process.ts";
import { assertAccessible } from "./accessibility.ts";
import { openNew, openPractice } from "./lab.ts";
import { GetHelp, Home, Providers, type ProviderText } from "./pages.ts";

const NAME = "Branch office line";

/** What its operator would have written on paper. */
function paper({ port, identity, key }: ServerProcess, name = NAME): ProviderText {
  return { name, server: `127.0.0.1:${port}`, identity, key };
}

function inDays(days: number): number {
  return Date.now() + days * 86_400_000;
}

async function startProvider({ owner }: Visit): Promise<ServerProcess> {
  return startServer(owner);
}

browserTest(
  "a provider is tested step by step, with a wrong key and with the right one, and added",
  async (visit) => {
    const { page } = visit;
    await openPractice(visit);
    const text = paper(await startProvider(visit));
    const providers = new Providers(page);
    await providers.openForm();

    const wrongKey = { ...text, key: "not the key" };
    await providers.write(wrongKey);
    await providers.test();
    const { steps, passed, failed } = strings.providers.test;
    const told = page.locator(".test");
    await told.locator(".note").waitFor();
    const wrong = await told.innerText();
    for (const step of Object.values(steps)) assert.ok(wrong.includes(step), wrong);
    assert.match(wrong, /key/i);
    assert.ok(!wrong.includes("not the key"), "the key is not shown");
    assert.ok(!wrong.includes(passed), wrong);
    assert.equal(await told.getByText(strings.providers.test.states.failed).count(), 1, failed);

    await providers.field("key").fill(text.key);
    await providers.test();
    await told.getByText(passed).waitFor();
    await providers.add();
    const card = providers.card(NAME);
    await card.getByText(strings.providers.states.active).waitFor();
    assert.equal(await providers.form.count(), 0, "the form has done its work");
    await providers.goTo("home");
    await page.getByText(strings.home.ready.sentence(NAME)).waitFor();
  },
);

browserTest(
  "a provider with certificates is added from files, and what is wrong is said beside them",
  async (visit) => {
    const { page } = visit;
    await openNew(visit);
    const office = makeCertificate({ subject: "CN=office.example.com", notAfter: inDays(10) });
    const ca = makeCertificate({ subject: "CN=Provider CA", ca: true });
    const { form, certificate } = strings.providers;
    const providers = new Providers(page);
    await providers.openForm();
    await providers.field("name").fill(NAME);
    await providers.field("server").fill("127.0.0.1:9"); // nobody is there
    await providers.choose("certificate");
    await providers.add();
    await providers.form.getByText(form.required).nth(2).waitFor();
    assert.equal(await providers.field("name").inputValue(), NAME, "what was typed stays");
    await assertAccessible(page, "the form of a certificate");

    await providers.pick("certificate", office.pem);
    await providers.pick("privateKey", ca.keyPem);
    await providers.pick("ca", ca.pem);
    await providers.add();
    await providers.form.getByText("the key does not belong to the certificate").waitFor();

    await providers.pick("privateKey", office.keyPem);
    const older = page.getByRole("checkbox", { name: form.legacy });
    assert.equal(await older.isChecked(), false, "older certificates are not taken unasked");
    await older.focus();
    await page.keyboard.press("Space");
    assert.equal(await older.isChecked(), true);
    await providers.add();
    const card = providers.card(NAME);
    const day = dayDate(inDays(10));
    await card.getByText(certificate.expiring(day)).waitFor();
    await providers.goTo("home");
    await page.getByText(strings.home.certificate.expiring(NAME, day)).waitFor();
    await assertAccessible(page, "Home with a certificate that is soon over");
    const text = await page.evaluate<string>("document.documentElement.outerHTML");
    assert.ok(!text.includes(office.keyPem.split("\n")[1] ?? ""), "the key is on no page");
  },
);

browserTest(
  "the key stays in its field: hidden, shown on request, gone with the form",
  async (visit) => {
    const { page } = visit;
    await openNew(visit);
    const { form } = strings.providers;
    const providers = new Providers(page);
    await providers.openForm();
    await providers.field("key").fill("a secret of the line");
    assert.equal(await providers.field("key").getAttribute("type"), "password");
    await providers.button(form.showKey).click();
    assert.equal(await providers.field("key").getAttribute("type"), "text");
    assert.equal(await providers.field("key").inputValue(), "a secret of the line");
    await providers.link(strings.common.cancel).click();
    await providers.link(strings.providers.add).click();
    assert.equal(await providers.field("key").inputValue(), "");
    const kept = await page.evaluate<string>("JSON.stringify([localStorage, sessionStorage])");
    assert.equal(kept, "[{},{}]");
  },
);

browserTest("a provider that falls silent is not shown as one that filters", async (visit) => {
  const { page } = visit;
  const { control } = await openNew(visit);
  const server = await startProvider(visit);
  const { name, server: address, identity: pskIdentity, key } = paper(server);
  await control.call("provider.add", { name, server: address, pskIdentity, key });
  const home = new Home(page);
  await home.waitFor("ready");
  await new GetHelp(page).ask(NAME, "203.0.113.7:443");
  await home.waitFor("filtering");
  await home.goTo("home");
  await home.waitFor("filtering");

  await server.program.stop();
  await home.waitFor("degraded");
  const told = await home.hero.innerText();
  assert.match(
    told,
    /it was filtering traffic to 203\.0\.113\.7:443/,
    "as of when it last answered",
  );
  assert.doesNotMatch(await home.title.innerText(), /is filtering|Ready/);
  await home.goTo("providers");
  const card = await new Providers(page).card(NAME).innerText();
  assert.ok(!card.includes(strings.providers.states.active), card);
});

browserTest("HTML in any name is text", async (visit) => {
  const { page } = visit;
  const { control } = await openPractice(visit);
  const html = "<img src=x onerror=alert(1)>";
  const server = await startProvider(visit);

  const providers = new Providers(page);
  await providers.openForm();
  await providers.write(paper(server, html));
  await providers.add();
  await providers.card(html).getByText(strings.providers.states.active).waitFor();

  const home = new Home(page);
  await home.goTo("home");
  await home.button(strings.home.targets.add).click();
  await home.dialog.getByLabel(strings.home.targets.name).fill(html);
  await home.dialog.getByLabel(strings.home.targets.target).fill("203.0.113.9");
  await home.answer(strings.common.save).click();
  await home.dialog.waitFor({ state: "detached" });

  const help = new GetHelp(page);
  await help.goTo("help");
  const typed = "<img src=y onerror=alert(2)>"; // another one: the other is a target's name by now
  await help.typed.fill(typed);
  await help.checks.locator(".bad").waitFor();
  assert.ok((await help.checks.innerText()).includes(typed));
  await help.typed.fill("");
  await page.getByRole("checkbox", { name: html }).check();
  await page.getByRole("radio", { name: html }).check();
  await help.next.click();
  await help.send(html).click();
  await home.waitFor("filtering");
  for (const place of ["home", "activity"] as const) {
    await home.goTo(place);
    await page.getByText(html).first().waitFor();
  }
  assert.equal(await page.locator("img").count(), 0, "nothing became an element");
  const [asked] = await control.call("mitigation.list", {});
  assert.deepEqual([asked?.provider, asked?.targets], [html, [html]]);
});
