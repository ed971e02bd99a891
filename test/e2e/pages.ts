/** The interface as its users know it: by the names of things, not by how they are made. */
import type { Locator, Page } from "playwright-core";
import type { StateName } from "../../renderer/model/situation.ts";
import type { PageName } from "../../renderer/model/route.ts";
import { strings } from "../../renderer/strings.ts";
import { until } from "../support/browser.ts";

/** How long a state may take that takes a few exchanges with a provider, in milliseconds. */
const STATE_MS = 30_000;

/** What every page has: the navigation and a title. */
export class Frame {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get title(): Locator {
    return this.page.getByRole("heading", { level: 1 });
  }

  get navigation(): Locator {
    return this.page.getByRole("navigation", { name: strings.common.mainNavigation });
  }

  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  link(name: string): Locator {
    return this.page.getByRole("link", { name, exact: true });
  }

  /** The button of an open dialog. */
  answer(name: string): Locator {
    return this.dialog.getByRole("button", { name, exact: true });
  }

  async goTo(page: PageName): Promise<void> {
    await this.navigation
      .getByRole("link", { name: strings.common.nav[page], exact: true })
      .click();
  }
}

/** The panel with the one state, and the traffic below it: on Home and on a request's own page. */
export class Home extends Frame {
  /** Waits until the panel on top is in one of `states`. */
  async waitFor(...states: readonly StateName[]): Promise<void> {
    const any = states.map((state) => `.hero[data-state="${state}"]`).join(", ");
    await this.page.locator(any).waitFor({ timeout: STATE_MS });
  }

  /** The panel's state now. */
  state(): Promise<string | null> {
    return this.page.locator(".hero").getAttribute("data-state");
  }

  get hero(): Locator {
    return this.page.locator(".hero");
  }

  get steps(): Locator {
    return this.page.getByRole("list", { name: strings.home.steps.title });
  }

  get chart(): Locator {
    return this.page.getByRole("img", { name: /^Dropped traffic/ });
  }

  /** Octets dropped so far, as the page tells them; 0 while it tells none. */
  async droppedBytes(): Promise<number> {
    const texts = await this.page.getByText(/so far/).allInnerTexts();
    const [, number = "0", unit = ""] = /([\d.,]+) (\S+) so far/.exec(texts.join("\n")) ?? [];
    const step = Math.max(
      0,
      strings.units.byteSizes.findIndex((size) => size === unit),
    );
    return Number(number.replaceAll(",", "")) * 1000 ** step;
  }

  /** Waits until the counter shows more than `before`; what it shows then. */
  droppedMoreThan(before: number): Promise<number> {
    return until(
      this.page,
      () => this.droppedBytes(),
      (bytes) => bytes > before,
      `the counter does not move on from ${before}`,
    );
  }

  async stop(): Promise<void> {
    await this.button(strings.home.actions.stop).click();
    await this.answer(strings.home.stopDialog.confirm).click();
  }
}

/** Asking for help. */
export class GetHelp extends Frame {
  get typed(): Locator {
    return this.page.getByLabel(strings.help.targets.typed);
  }

  get checks(): Locator {
    return this.page.getByRole("list", { name: strings.help.targets.checks });
  }

  /** Types targets, and waits until each was looked at. */
  async type(targets: string): Promise<void> {
    await this.typed.fill(targets);
    await this.checks.getByText(strings.help.targets.good).first().waitFor();
  }

  get next(): Locator {
    return this.button(strings.help.next);
  }

  /** What will be asked, before it is. */
  get confirmation(): Locator {
    return this.page.locator(".confirm");
  }

  send(provider: string): Locator {
    return this.button(strings.help.confirm.send(provider));
  }

  /** All the way from the navigation to the request's own page. */
  async ask(provider: string, targets: string): Promise<Home> {
    await this.goTo("help");
    await this.type(targets);
    await this.next.click();
    await this.send(provider).click();
    return new Home(this.page);
  }
}

/** What is typed to add a provider. */
export interface ProviderText {
  readonly name: string;
  readonly server: string;
  readonly identity: string;
  readonly key: string;
}

/** A field of the form of a provider. */
export type ProviderFieldName =
  | "name"
  | "server"
  | "identity"
  | "key"
  | "certificate"
  | "privateKey"
  | "ca"
  | "serverName";

/** The list of providers, and adding one by hand. */
export class Providers extends Frame {
  /** One provider's card. */
  card(name: string): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  /** A button of its card. Its name goes on to say whose it is. */
  of(name: string, button: string): Locator {
    return this.card(name).getByRole("button", { name: new RegExp(`^${button}`) });
  }

  get form(): Locator {
    return this.card(strings.providers.form.title);
  }

  field(name: ProviderFieldName): Locator {
    return this.form.getByLabel(strings.providers.form[name], { exact: true });
  }

  /** Chooses how the provider knows the user. */
  async choose(kind: keyof typeof strings.providers.form.kinds): Promise<void> {
    await this.form.getByRole("radio", { name: strings.providers.form.kinds[kind] }).check();
  }

  /** Picks a file. */
  async pick(name: ProviderFieldName, text: string): Promise<void> {
    const file = { name: `${name}.pem`, mimeType: "text/plain", buffer: Buffer.from(text) };
    await this.field(name).setInputFiles(file);
  }

  async openForm(): Promise<void> {
    await this.goTo("providers");
    await this.link(strings.providers.add).click();
  }

  async write({ name, server, identity, key }: ProviderText): Promise<void> {
    await this.field("name").fill(name);
    await this.field("server").fill(server);
    await this.field("identity").fill(identity);
    await this.field("key").fill(key);
  }

  /** Tests what was typed. */
  async test(): Promise<void> {
    await this.button(strings.providers.form.test).click();
  }

  async add(): Promise<void> {
    await this.button(strings.providers.form.submit).click();
  }
}
