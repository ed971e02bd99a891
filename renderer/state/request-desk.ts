import { batch, signal } from "@preact/signals";
import type { Mitigation, ScopePreview } from "../../agent/control/contract.ts";
import { ControlError } from "../../agent/control/control-error.ts";
import type { ControlApi } from "../../agent/control/handlers.ts";
import type { Millis } from "../model/format.ts";
import {
  allTargets,
  EMPTY_REQUEST,
  lengthFault,
  MOST_TARGETS,
  requestDraft,
  requestKeyFor,
  typedTargets,
  withNamed,
  type RequestForm,
  type RequestKey,
  type TargetCheck,
} from "../model/request-form.ts";
import { help } from "../strings/help.ts";
import type { AgentView } from "./agent-view.ts";
import { Task } from "./task.ts";

/** What the desk needs of the world. */
export interface RequestDeskDeps {
  readonly api: ControlApi;
  readonly view: AgentView;
  readonly after: (delay: Millis, fire: () => void) => { cancel(): void };
  /** A key that nobody used before. */
  readonly makeKey: () => string;
}

/** How long the user must not have typed for the addresses to be checked. */
const TYPING_MS = 300;

/** A request that is being made: it survives a look at another page and a lost connection. */
export class RequestDesk {
  /** Making the preview. */
  readonly previewing = new Task();
  /** Sending the request. */
  readonly sending = new Task();
  /** Saving a name. */
  readonly naming = new Task();
  readonly #deps: RequestDeskDeps;
  readonly #form = signal<RequestForm>(EMPTY_REQUEST);
  readonly #checks = signal<ReadonlyMap<string, TargetCheck>>(new Map());
  readonly #preview = signal<ScopePreview | undefined>(undefined);
  #key: RequestKey | undefined;
  #timer: { cancel(): void } | undefined;
  #checking: AbortController | undefined;

  constructor(deps: RequestDeskDeps) {
    this.#deps = deps;
  }

  get form(): RequestForm {
    return this.#form.value;
  }

  /** How the checks of typed addresses went, by address. */
  get checks(): ReadonlyMap<string, TargetCheck> {
    return this.#checks.value;
  }

  /** What is about to be asked, while the user looks at it. */
  get preview(): ScopePreview | undefined {
    return this.#preview.value;
  }

  /** Takes up what the user chose or typed. */
  edit(change: Partial<RequestForm>): void {
    const before = this.#form.peek();
    const form = { ...before, ...change };
    batch(() => {
      this.#form.value = form;
      this.#preview.value = undefined;
      this.previewing.forgive();
      this.sending.forgive();
      if (form.provider !== before.provider) this.#checks.value = new Map();
    });
    this.#timer?.cancel();
    this.#timer = this.#deps.after(TYPING_MS, () => void this.#check());
  }

  /** Checks what is still unchecked, one address after the other; a new edit ends it. */
  async #check(): Promise<void> {
    this.#checking?.abort();
    const checking = new AbortController();
    this.#checking = checking;
    for (const target of typedTargets(this.#form.peek().typed).slice(0, MOST_TARGETS)) {
      const before = this.#checks.peek().get(target)?.tag;
      if (before === "good" || before === "bad") continue;
      this.#note(target, { tag: "checking" });
      const check = await this.#checkOne(target, checking.signal);
      if (checking.signal.aborted) return;
      this.#note(target, check);
    }
  }

  async #checkOne(target: string, abort: AbortSignal): Promise<TargetCheck> {
    const tooLong = lengthFault(target);
    if (tooLong !== undefined) return { tag: "bad", words: tooLong };
    try {
      await this.#deps.api.call("scope.preview", this.#draftOf([target]), { signal: abort });
      return { tag: "good" };
    } catch (error) {
      const bad = error instanceof ControlError && error.reason === "bad-target";
      return bad
        ? { tag: "bad", words: error.message }
        : { tag: "unchecked", words: help.targets.unchecked };
    }
  }

  #note(target: string, check: TargetCheck): void {
    this.#checks.value = new Map(this.#checks.peek()).set(target, check);
  }

  #draftOf(targets: string[]): { targets: string[]; provider?: string } {
    const provider = this.provider;
    return provider === undefined ? { targets } : { targets, provider };
  }

  /** The provider to ask: the chosen one, else the first real one. Its name. */
  get provider(): string | undefined {
    const providers = this.#deps.view.providers ?? [];
    const chosen = providers.find(({ name }) => name === this.#form.value.provider);
    const first = providers.find(({ kind }) => kind === "provider") ?? providers[0];
    return (chosen ?? first)?.name;
  }

  /** Asks what the request would ask for, to show it. */
  async look(): Promise<void> {
    await this.previewing.run(async () => {
      const form = this.#form.peek();
      const draft = this.#draftOf(allTargets(form));
      const preview = await this.#deps.api.call("scope.preview", draft);
      if (this.#form.peek() === form) this.#preview.value = preview;
    });
  }

  /** Back to the form. */
  lookAway(): void {
    batch(() => {
      this.#preview.value = undefined;
      this.sending.forgive();
    });
  }

  /** Sends what is shown. `done` gets the mitigation; a second click, or a second try, makes no second one. */
  async send(done: (mitigation: Mitigation) => void): Promise<void> {
    const preview = this.#preview.peek();
    if (preview === undefined) return;
    await this.sending.run(async () => {
      const form = this.#form.peek();
      this.#key = requestKeyFor(form, this.#key, this.#deps.makeKey);
      const draft = requestDraft(form, preview, this.#key.key);
      const mitigation = await this.#deps.api.call("mitigation.request", draft);
      this.#deps.view.showMitigation(mitigation);
      this.#clear();
      done(mitigation);
    });
  }

  /** Gives a typed address a name, under which it is chosen from then on. */
  async giveName(typed: string, name: string): Promise<void> {
    await this.naming.run(async () => {
      const target = await this.#deps.api.call("target.add", { name, target: typed });
      this.#deps.view.addTarget(target);
      this.edit(withNamed(this.#form.peek(), typed, target.name));
    });
  }

  #clear(): void {
    this.#timer?.cancel();
    batch(() => {
      this.#form.value = { ...EMPTY_REQUEST };
      this.#checks.value = new Map();
      this.#preview.value = undefined;
    });
  }
}
