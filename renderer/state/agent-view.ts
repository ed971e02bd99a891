import { batch, effect, signal, type ReadonlySignal } from "@preact/signals";
import type {
  Activity,
  Mitigation,
  Provider,
  Status,
  Target,
} from "../../agent/control/contract.ts";
import type { ControlApi } from "../../agent/control/handlers.ts";
import type { Millis } from "../model/format.ts";
import { mitigationOf, type Known } from "../model/known.ts";
import type { LinkState } from "../model/link-state.ts";

/** What the view is made of. */
export interface AgentViewDeps {
  readonly api: ControlApi;
  readonly link: ReadonlySignal<LinkState>;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => Millis;
}

type ListName = "targets" | "providers";

/** Old requests that the user has looked at are few. */
const MOST_ANSWERED = 20;

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
  readonly #now: () => Millis;
  readonly #status = signal<Known<Status> | undefined>(undefined);
  readonly #targets = signal<readonly Target[] | undefined>(undefined);
  readonly #providers = signal<readonly Provider[] | undefined>(undefined);
  /** Mitigations of which only a call's answer tells. */
  readonly #answered = signal<ReadonlyMap<string, Known<Mitigation>>>(new Map());
  readonly #putAside = signal<ReadonlySet<string>>(new Set());

  constructor({ api, link, now }: AgentViewDeps) {
    this.#api = api;
    this.#now = now;
    api.on("agent.changed", (value) => {
      batch(() => {
        this.#status.value = { value, at: now() };
        this.#forgetTold(value);
      });
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

  /** One mitigation and when it was told: from the status, or from a call's answer if that does not tell of it. */
  mitigation(id: string): Known<Mitigation> | undefined {
    const known = this.#status.value;
    const value = known === undefined ? undefined : mitigationOf(known.value, id);
    if (known !== undefined && value !== undefined) return { value, at: known.at };
    return this.#answered.value.get(id);
  }

  /** Takes up what a call answered about one mitigation: the next status may tell of it, or it is too old for that. */
  showMitigation(mitigation: Mitigation): void {
    const known = { value: mitigation, at: this.#now() };
    const answered = [...this.#answered.peek()].filter(([id]) => id !== mitigation.id);
    this.#answered.value = new Map([...answered.slice(1 - MOST_ANSWERED), [mitigation.id, known]]);
  }

  /** What the status tells of is its own from then on; what lives and is not in it has changed since it was told. */
  #forgetTold(status: Status): void {
    const left = [...this.#answered.peek()].filter(
      ([id, { value }]) => value.endedAt !== null && mitigationOf(status, id) === undefined,
    );
    this.#answered.value = new Map(left);
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
