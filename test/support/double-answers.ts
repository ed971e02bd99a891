import { z } from "zod";
import {
  contract,
  type CallOutput,
  type CheckedInput,
  type Mitigation,
  type Provider,
  type ProviderDraft,
  type Reason,
  type Target,
} from "../../agent/control/contract.ts";
import { ControlError } from "../../agent/control/control-error.ts";
import type { CallContext, Handlers } from "../../agent/control/handlers.ts";
import {
  aMitigation,
  aCertificate,
  aProvider,
  aSession,
  aTarget,
  SAMPLE_INSTANT,
} from "./control-samples.ts";

const { calls } = contract;

/** What the double's answers come from. */
export const DoubleState = z.object({
  status: calls.agent.status.output,
  providers: calls.provider.list.output,
  targets: calls.target.list.output,
  activity: calls.activity.list.output,
  samples: calls.mitigation.samples.output,
  preview: calls.scope.preview.output,
  report: calls.provider.test.output,
});

/** What the double's answers come from. */
export type DoubleState = z.output<typeof DoubleState>;

/** Where the answers come from, and what they change. */
export interface DoubleBook {
  readonly state: Readonly<DoubleState>;
  set(change: Partial<DoubleState>): void;
  setMitigation(id: string, change: Partial<Mitigation>): Mitigation;
}

/** What an agent would answer whose provider never does: everything asked is kept, and nothing comes of it. */
export function doubleAnswers(book: DoubleBook): Handlers {
  return new Answers(book).handlers();
}

class Answers {
  readonly #book: DoubleBook;
  /** Mitigations by their request keys. */
  readonly #requested = new Map<string, string>();
  #count = 0;

  constructor(book: DoubleBook) {
    this.#book = book;
  }

  handlers(): Handlers {
    const state = (): Readonly<DoubleState> => this.#book.state;
    return {
      "agent.status": () => state().status,
      "provider.list": () => state().providers,
      "provider.show": ({ provider }) => found(state().providers, provider, "no-such-provider"),
      "provider.add": (draft) => this.#addProvider(draft),
      "provider.addPractice": () =>
        state().providers.find(({ kind }) => kind === "practice") ?? this.#addPractice(),
      "provider.test": (input, context) => this.#test(input, context),
      "provider.remove": ({ provider }) => this.#removeProvider(provider),
      "target.list": () => state().targets,
      "target.add": (draft) => this.#addTarget(draft),
      "target.remove": ({ target }) => {
        const gone = found(state().targets, target, "no-such-target");
        this.#book.set({ targets: state().targets.filter((one) => one !== gone) });
        return {};
      },
      "scope.preview": () => state().preview,
      "mitigation.request": (draft) => this.#request(draft),
      "mitigation.list": ({ all }) => [
        ...state().status.mitigations,
        ...(all ? state().status.ended : []),
      ],
      "mitigation.show": ({ id }) => this.#mitigation(id),
      "mitigation.samples": ({ id }) => {
        this.#mitigation(id);
        return state().samples;
      },
      "mitigation.withdraw": ({ id }) => {
        const { phase } = this.#mitigation(id);
        if (phase === "ended" || phase === "refused") return this.#mitigation(id);
        return this.#book.setMitigation(id, { phase: "withdrawing" });
      },
      "activity.list": ({ limit, before = Infinity }) =>
        state()
          .activity.filter(({ id }) => id < before)
          .slice(0, limit),
      "console.link": () => ({
        url: "http://127.0.0.1:1/login?token=double",
        expiresAt: SAMPLE_INSTANT,
      }),
    };
  }

  #mitigation(id: string): Mitigation {
    const { mitigations, ended } = this.#book.state.status;
    return found([...mitigations, ...ended], id, "no-such-mitigation");
  }

  #nextId(letter: string): string {
    this.#count += 1;
    return `${letter}-${this.#count}`;
  }

  #addProvider(draft: ProviderDraft): Provider {
    const { name, server } = draft;
    refuseTaken(this.#book.state.providers, name);
    const known =
      draft.type === "certificate"
        ? { pskIdentity: null, certificate: aCertificate() }
        : { pskIdentity: draft.pskIdentity };
    return this.#keepProvider(aProvider({ id: this.#nextId("p"), name, server, ...known }));
  }

  #addPractice(): Provider {
    const id = this.#nextId("p");
    const prefixes = ["203.0.113.0/24"];
    return this.#keepProvider(
      aProvider({ id, name: "Practice provider", kind: "practice", prefixes }),
    );
  }

  #keepProvider(provider: Provider): Provider {
    const { status, providers } = this.#book.state;
    const { id: providerId, name, kind, server } = provider;
    const waiting = { state: "connecting", address: null, security: null, rttMs: null } as const;
    const session = aSession({ provider: name, providerId, kind, server, ...waiting });
    const sessions = [...status.sessions, session];
    this.#book.set({ providers: [...providers, provider], status: { ...status, sessions } });
    return provider;
  }

  #removeProvider(which: string): CallOutput<"provider.remove"> {
    const { status, providers } = this.#book.state;
    const gone = found(providers, which, "no-such-provider");
    const sessions = status.sessions.filter(({ providerId }) => providerId !== gone.id);
    const left = providers.filter((one) => one !== gone);
    this.#book.set({ providers: left, status: { ...status, sessions } });
    const told = status.mitigations.filter(({ provider }) => provider === gone.name);
    const targets = told.flatMap((one) => (one.phase === "withdrawing" ? one.targets : []));
    return { left: targets.length === 0 ? null : { targets, until: SAMPLE_INSTANT } };
  }

  #test(
    input: CheckedInput<"provider.test">,
    { progress }: CallContext<"provider.test">,
  ): DoubleState["report"] {
    const { providers, report } = this.#book.state;
    if ("provider" in input) found(providers, input.provider, "no-such-provider");
    for (const step of report.steps) progress(step);
    return report;
  }

  #addTarget({ name, target }: CheckedInput<"target.add">): Target {
    refuseTaken(this.#book.state.targets, name);
    const added = aTarget({ id: this.#nextId("t"), name, target });
    this.#book.set({ targets: [...this.#book.state.targets, added] });
    return added;
  }

  #request(draft: CheckedInput<"mitigation.request">): Mitigation {
    const { requestKey, targets, lifetimeS } = draft;
    const known = requestKey === undefined ? undefined : this.#requested.get(requestKey);
    if (known !== undefined) return this.#mitigation(known);
    const { status, providers, preview } = this.#book.state;
    const provider =
      draft.provider === undefined
        ? providers[0]
        : found(providers, draft.provider, "no-such-provider");
    if (provider === undefined) throw refusal("no-provider");
    const { name, kind } = provider;
    const mid = this.#requested.size + 1;
    const id = this.#nextId("m");
    const { scope } = preview;
    const asked = aMitigation({ id, mid, provider: name, kind, targets, lifetimeS, scope });
    this.#requested.set(requestKey ?? id, id);
    this.#book.set({ status: { ...status, mitigations: [asked, ...status.mitigations] } });
    return asked;
  }
}

/** By its id or, where it has one, its name. @throws {ControlError} `otherwise` */
export function found<One extends { id: string; name?: string }>(
  all: readonly One[],
  which: string,
  otherwise: Reason,
): One {
  const one = all.find(({ id, name }) => id === which || name === which);
  if (one === undefined) throw refusal(otherwise);
  return one;
}

function refuseTaken(all: readonly { name: string }[], name: string): void {
  const isTaken = all.some((one) => one.name.toLowerCase() === name.toLowerCase());
  if (isTaken) throw refusal("name-taken");
}

function refusal(reason: Reason): ControlError {
  return new ControlError({ reason, message: `refused: ${reason}` });
}
