import { batch, effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Activity } from "../../agent/control/contract.ts";
import type { ControlApi } from "../../agent/control/handlers.ts";
import { mergedEntries, MOST_ENTRIES } from "../model/activity-days.ts";
import type { LinkState } from "../model/link-state.ts";
import { Task } from "./task.ts";

const PAGE = 50;

/** The activity log as far as it was loaded, and what is added to it while the page is open. */
export class ActivityBook {
  /** Loading the newest entries, or older ones. */
  readonly loading = new Task();
  readonly #api: ControlApi;
  readonly #entries = signal<readonly Activity[] | undefined>(undefined);
  readonly #latest = signal<Activity | undefined>(undefined);
  readonly #complete = signal(false);

  constructor(api: ControlApi, link: ReadonlySignal<LinkState>) {
    this.#api = api;
    api.on("activity.logged", (entry) => {
      batch(() => {
        this.#latest.value = entry;
        this.#add([entry]);
      });
    });
    effect(() => {
      if (link.value.tag === "up") void this.#refresh();
    });
  }

  /** Newest first; undefined until some are known. */
  get entries(): readonly Activity[] | undefined {
    return this.#entries.value;
  }

  /** The entry that was last added while the page was open. */
  get latest(): Activity | undefined {
    return this.#latest.value;
  }

  /** Whether there is nothing older to load. */
  get complete(): boolean {
    return this.#complete.value || (this.#entries.value?.length ?? 0) >= MOST_ENTRIES;
  }

  /** Loads what came before the oldest entry. */
  async loadOlder(): Promise<void> {
    const before = this.#entries.peek()?.at(-1)?.id;
    await this.loading.run(() => this.#load(before));
  }

  /** What was missed while the agent was away may be more than a page: then it begins anew. */
  async #refresh(): Promise<void> {
    await this.loading.run(async () => {
      this.#entries.value = undefined;
      await this.#load(undefined);
    });
  }

  async #load(before: number | undefined): Promise<void> {
    const range = before === undefined ? {} : { before };
    const entries = await this.#api.call("activity.list", { limit: PAGE, ...range });
    batch(() => {
      this.#complete.value = entries.length < PAGE;
      this.#add(entries);
    });
  }

  #add(entries: readonly Activity[]): void {
    this.#entries.value = mergedEntries(this.#entries.peek() ?? [], entries);
  }
}
