import { effect, signal, type ReadonlySignal } from "@preact/signals";
import type {
  Activity,
  Mitigation,
  Provider,
  Status,
  Target,
} from "../../agent/control/contract.ts";
import type { ControlApi } from "../../agent/control/handlers.ts";
import type { Millis } from "../model/format.ts";
import type { Known } from "../model/known.ts";
import type { LinkState } from "../model/link-state.ts";

/** What the view is made of. */
export interface AgentViewDeps {
  readonly api: ControlApi;
  readonly link: ReadonlySignal<LinkState>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => Millis;
}

type ListName = "targets" | "providers";

/** Which list an entry of the log says has changed. */
const CHANGES: Readonly<Partial<Record<Activity["kind"], ListName>>> = {
  "target-added": "targets",
  "target-removed": "targets",
  "provider-added": "providers",
  "provider-removed": "providers",
};

/** What the agent last told: kept while it is away, so that the page can say what was known. */
export class AgentView {
  readonly #api: ControlApi;
  readonly #status = signal<Known<Status> | undefined>(undefined);
  readonly #targets = signal<readonly Target[] | undefined>(undefined);
  readonly #providers = signal<readonly Provider[] | undefined>(undefined);
  readonly #putAside = signal<ReadonlySet<string>>(new Set());

  constructor({ api, link, now }: AgentViewDeps) {
    this.#api = api;
    api.on("agent.changed", (value) => {
      this.#status.value = { value, at: now() };
    });
    api.on("activity.logged", ({ kind }) => {
      const list = CHANGES[kind];
      if (list !== undefined) void this.#reload(list);
    });
    effect(() => {
      if (link.value.tag !== "up") return;
      void this.#reload("targets");
      void this.#reload("providers");
    });
  }

  get status(): Known<Status> | undefined {
    return this.#status.value;
  }

  /** Undefined until they are known. */
  get targets(): readonly Target[] | undefined {
    return this.#targets.value;
  }

  /** Undefined until they are known. */
  get providers(): readonly Provider[] | undefined {
    return this.#providers.value;
  }

  /** Ended requests of which the user has taken note. */
  get putAside(): ReadonlySet<string> {
    return this.#putAside.value;
  }

  /** The user has taken note of the end of this mitigation. */
  takeNote(id: string): void {
    this.#putAside.value = new Set([...this.#putAside.peek(), id]);
  }

  /** A provider that a call of this page brought about; the log tells of it as well. */
  addProvider(provider: Provider): void {
    const others = (this.#providers.peek() ?? []).filter(({ id }) => id !== provider.id);
    this.#providers.value = [...others, provider];
  }

  removeProvider(id: string): void {
    this.#providers.value = this.#providers.peek()?.filter((provider) => provider.id !== id);
  }

  /** A target that a call of this page brought about. */
  addTarget(target: Target): void {
    const others = (this.#targets.peek() ?? []).filter(({ id }) => id !== target.id);
    this.#targets.value = [...others, target];
  }

  removeTarget(id: string): void {
    this.#targets.value = this.#targets.peek()?.filter((target) => target.id !== id);
  }

  /** Takes up what a call answered about one mitigation, before the next status tells of it. */
  showMitigation(mitigation: Mitigation): void {
    const known = this.#status.peek();
    if (known === undefined) return;
    const { mitigations, ended } = known.value;
    if ([...mitigations, ...ended].some(({ id }) => id === mitigation.id)) return;
    const value = { ...known.value, mitigations: [mitigation, ...mitigations] };
    this.#status.value = { ...known, value };
  }

  /** An answer that does not come leaves what was known: the connection tells what is wrong. */
  async #reload(list: ListName): Promise<void> {
    try {
      if (list === "targets") this.#targets.value = await this.#api.call("target.list", {});
      else this.#providers.value = await this.#api.call("provider.list", {});
    } catch {
      // The next time the agent is found, both are asked for again.
    }
  }
}
