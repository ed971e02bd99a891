import type { CallInput, ScopePreview, Target } from "../../agent/control/contract.ts";
import { help } from "../strings/help.ts";

/** What the user has chosen and typed so far. */
export interface RequestForm {
  /** Names of named targets. */
  readonly named: readonly string[];
  /** The field's text. */
  readonly typed: string;
  readonly lifetimeS: number;
  /** The provider's name; undefined while the agent may choose. */
  readonly provider: string | undefined;
}

/** What the contract takes in one request. */
export const MOST_TARGETS = 50;
const LONGEST_TARGET = 300;

/** An hour: long enough for most attacks, short enough should this computer fail. */
export const DEFAULT_LIFETIME_S = 3600;

/** The lifetimes to choose from, in seconds, shortest first. */
export const LIFETIMES: readonly number[] = Object.keys(help.lifetime.choices).map(Number);

/** A form that nobody has touched. */
export const EMPTY_REQUEST: RequestForm = {
  named: [],
  typed: "",
  lifetimeS: DEFAULT_LIFETIME_S,
  provider: undefined,
};

/** The addresses in the field, in their order, each once. */
export function typedTargets(text: string): string[] {
  const parts = text.split(/[\n,]/).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ""))];
}

/** All that is asked for: named targets first. */
export function allTargets({ named, typed }: RequestForm): string[] {
  return [...new Set([...named, ...typedTargets(typed)])];
}

/** How the check of one typed address went. */
export type TargetCheck =
  | { readonly tag: "checking" }
  | { readonly tag: "good" }
  | { readonly tag: "bad"; readonly words: string }
  /** Nobody could be asked: the agent decides later. */
  | { readonly tag: "unchecked"; readonly words: string };

/** What can be seen without asking the agent; undefined: nothing wrong. */
export function lengthFault(target: string): string | undefined {
  return target.length > LONGEST_TARGET ? help.targets.tooLong(LONGEST_TARGET) : undefined;
}

/** Why the form cannot go on; undefined: it can. `checks` is by typed address. */
export function formFault(
  form: RequestForm,
  checks: ReadonlyMap<string, TargetCheck>,
): string | undefined {
  const targets = allTargets(form);
  if (targets.length === 0) return help.targets.nothing;
  if (targets.length > MOST_TARGETS) return help.targets.tooMany(MOST_TARGETS);
  const bad = typedTargets(form.typed).some((typed) => checks.get(typed)?.tag === "bad");
  return bad ? help.targets.bad : undefined;
}

/** The form without names that are no longer in the list. */
export function withoutGone(form: RequestForm, targets: readonly Target[]): RequestForm {
  const there = form.named.filter((name) => targets.some((target) => target.name === name));
  return there.length === form.named.length ? form : { ...form, named: there };
}

/** A typed address got a name: it is chosen by that name from now on. */
export function withNamed(form: RequestForm, typed: string, name: string): RequestForm {
  const rest = typedTargets(form.typed).filter((one) => one !== typed);
  return { ...form, named: [...form.named, name], typed: rest.join("\n") };
}

/** A request as it is sent. `provider` is the one that was shown, so that no other can be asked. */
export function requestDraft(
  form: RequestForm,
  shown: ScopePreview,
  requestKey: string,
): CallInput<"mitigation.request"> {
  return {
    targets: allTargets(form),
    provider: shown.provider.id,
    lifetimeS: form.lifetimeS,
    requestKey,
  };
}

/**
 * Whether both would ask the same of the same provider. Warnings do not count: that it was asked for already is no
 * reason not to try again after a lost answer.
 */
export function asksTheSame(one: ScopePreview, other: ScopePreview): boolean {
  const essence = ({ provider, items, scope }: ScopePreview): string =>
    JSON.stringify([provider.id, items, scope]);
  return one === other || essence(one) === essence(other);
}

/** Whether the named targets that were shown are still what the list has under their names. */
export function namesHold({ items }: ScopePreview, targets: readonly Target[]): boolean {
  return items.every(({ name, scope }) => {
    if (name === null) return true;
    const now = targets.find((target) => target.name === name);
    return now !== undefined && JSON.stringify(now.scope) === JSON.stringify(scope);
  });
}

/** A key, and the form and what was shown of it, for which it was made. */
export interface RequestKey {
  readonly key: string;
  readonly form: RequestForm;
  readonly shown: ScopePreview;
}

/**
 * The key of a request for this form: the same one until the form changes, or what its names stand for, so that a
 * second click, or a try after a lost answer, is the same request.
 */
export function requestKeyFor(
  form: RequestForm,
  shown: ScopePreview,
  before: RequestKey | undefined,
  make: () => string,
): RequestKey {
  const same = before?.form === form && asksTheSame(before.shown, shown);
  return same ? before : { key: make(), form, shown };
}
