import { batch, effect, signal, untracked, type ReadonlySignal } from "@preact/signals";
import type { CallInput, Mitigation, ScopePreview, Target } from "../../agent/control/contract.ts";
import { ControlError } from "../../agent/control/control-error.ts";
import { ControlGone } from "../../agent/control/control-gone.ts";
import type { ControlApi } from "../../agent/control/handlers.ts";
import { AnswerLost } from "../api/call-fault.ts";
import type { Millis } from "../model/format.ts";
import type { LinkState } from "../model/link-state.ts";
import {
  allTargets,
  asksTheSame,
  EMPTY_REQUEST,
  lengthFault,
  MOST_TARGETS,
  namesHold,
  requestDraft,
  requestKeyFor,
  typedTargets,
  withNamed,
  withoutGone,
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
  readonly link: ReadonlySignal<LinkState>;
  readonly after: (delay: Millis, fire: () => void) => { cancel(): void };
  /** A key that nobody used before. */
  readonly makeKey: () => string;
}

/** Why the user should look again. */
export type DeskNotice = "changed" | "may-have-gone-out";

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
  readonly #notice = signal<DeskNotice | undefined>(undefined);
  #key: RequestKey | undefined;
  #timer: { cancel(): void } | undefined;
  #checking: AbortController | undefined;

  constructor(deps: RequestDeskDeps) {
    this.#deps = deps;
    effect(() => {
      const { targets } = deps.view;
      if (targets !== undefined) untracked(() => this.#takeTargets(targets));
    });
    effect(() => {
      if (deps.link.value.tag === "up") untracked(() => this.#takeLink());
    });
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

  /** Why the user should look again; undefined: nothing. */
  get notice(): DeskNotice | undefined {
    return this.#notice.value;
  }

  /** What was shown must be what is asked: a name that now stands for something else takes the preview away. */
  #takeTargets(targets: readonly Target[]): void {
    const form = this.#form.peek();
    const preview = this.#preview.peek();
    const there = withoutGone(form, targets);
    const holds = preview === undefined || namesHold(preview, targets);
    batch(() => {
      if (there !== form) this.edit({ named: there.named });
      if (holds) return;
      this.#preview.value = undefined;
      this.sending.forgive();
      this.#notice.value = "changed";
    });
  }

  /** The agent is back: that it cannot be reached is no longer true, that a request may have gone out is. */
  #takeLink(): void {
    const reason = this.sending.fault?.reason;
    if (reason !== "agent-gone" && reason !== "answer-lost") return;
    batch(() => {
      this.sending.forgive();
      if (reason === "answer-lost") this.#notice.value = "may-have-gone-out";
    });
  }

  /** Takes up what the user chose or typed. */
  edit(change: Partial<RequestForm>): void {
    const before = this.#form.peek();
    const form = { ...before, ...change };
    batch(() => {
      this.#form.value = form;
      this.#preview.value = undefined;
      this.#notice.value = undefined;
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
      if (this.#form.peek() !== form) return;
      batch(() => {
        this.#preview.value = preview;
        this.#notice.value = undefined;
      });
    });
  }

  /** Back to the form. */
  lookAway(): void {
    batch(() => {
      this.#preview.value = undefined;
      this.#notice.value = undefined;
      this.sending.forgive();
    });
  }

  /**
   * Sends what is shown, once it is sure that the agent still takes it for the same; otherwise shows what it takes it
   * for. `done` gets the mitigation; a second click, or a second try, makes no second one.
   */
  async send(done: (mitigation: Mitigation) => void): Promise<void> {
    const shown = this.#preview.peek();
    if (shown === undefined) return;
    await this.sending.run(async () => {
      const form = this.#form.peek();
      if (!(await this.#isStillTrue(shown, form))) return;
      this.#key = requestKeyFor(form, shown, this.#key, this.#deps.makeKey);
      const mitigation = await this.#ask(requestDraft(form, shown, this.#key.key));
      this.#deps.view.showMitigation(mitigation);
      this.#clear();
      done(mitigation);
    });
  }

  /** Another window, or the command line, may have given a name to something else since it was shown. */
  async #isStillTrue(shown: ScopePreview, form: RequestForm): Promise<boolean> {
    const draft = { targets: allTargets(form), provider: shown.provider.id };
    const preview = await this.#deps.api.call("scope.preview", draft);
    if (this.#form.peek() !== form || this.#preview.peek() !== shown) return false;
    if (asksTheSame(shown, preview)) return true;
    batch(() => {
      this.#preview.value = preview;
      this.#notice.value = "changed";
    });
    return false;
  }

  async #ask(draft: CallInput<"mitigation.request">): Promise<Mitigation> {
    try {
      return await this.#deps.api.call("mitigation.request", draft);
    } catch (error) {
      if (error instanceof ControlGone) throw new AnswerLost(error.message, { cause: error });
      throw error;
    }
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
      this.#notice.value = undefined;
    });
  }
}
