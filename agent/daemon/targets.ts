import { ControlError } from "../control/control-error.ts";
import type { CheckedInput, Target } from "../control/contract.ts";
import type { Clock, Random } from "../net/ports.ts";
import { sameScope } from "../scope/scope-relation.ts";
import { parseTypedTarget } from "../scope/typed-target.ts";
import type { TargetScope } from "../scope/target-scope.ts";
import type { StoredTarget } from "../store/agent-store.ts";
import { newActivity } from "./activity.ts";
import { instant } from "./instant.ts";
import type { Ledger } from "./ledger.ts";
import { scopeView } from "./mitigation-view.ts";
import { findNamed, newId, noSuch, refuseTaken } from "./named.ts";

/** What a user means by what was given. */
export interface MeantTarget {
  readonly given: string;
  /** Null: it was typed, not named. */
  readonly name: string | null;
  readonly scope: TargetScope;
}

/** The targets that were given names. */
export class Targets {
  readonly #deps: { readonly clock: Clock; readonly random: Random; readonly ledger: Ledger };
  readonly #targets = new Map<string, StoredTarget>();

  constructor(
    deps: { readonly clock: Clock; readonly random: Random; readonly ledger: Ledger },
    stored: readonly StoredTarget[],
  ) {
    this.#deps = deps;
    for (const target of stored) this.#targets.set(target.id, target);
  }

  /** In the order added. */
  list(): Target[] {
    return [...this.#targets.values()].map(view);
  }

  /** @throws {ControlError} `name-taken`, `bad-target`, `store-failed` */
  add({ name, target: typed }: CheckedInput<"target.add">): Target {
    refuseTaken("target", this.#targets.values(), name);
    refuseTarget(name, scopeOf(typed));
    const { clock, random, ledger } = this.#deps;
    const target: StoredTarget = {
      id: newId("t", random),
      name: name.trim(),
      typed: typed.trim(),
      addedAtMs: Math.round(clock.wallTime()),
    };
    const news = newActivity(clock, "target-added", `The target "${target.name}" was added.`);
    ledger.keep({
      targets: [target],
      activities: [{ ...news, details: { target: target.typed } }],
    });
    this.#targets.set(target.id, target);
    return view(target);
  }

  /** @throws {ControlError} `no-such-target`, `store-failed` */
  remove(reference: string): void {
    const target = findNamed(this.#targets.values(), reference);
    if (target === undefined) {
      throw noSuch("no-such-target", "target", reference, this.#targets.values());
    }
    const { clock, ledger } = this.#deps;
    const news = newActivity(clock, "target-removed", `The target "${target.name}" was removed.`);
    ledger.keep({ removeTargets: [target.id], activities: [news] });
    this.#targets.delete(target.id);
  }

  /** What `given` means: a target by that name, else what it says. @throws {ControlError} `bad-target` */
  meant(given: string): MeantTarget {
    const named = findNamed(this.#targets.values(), given);
    if (named === undefined) return { given, name: null, scope: scopeOf(given) };
    return { given, name: named.name, scope: scopeOf(named.typed) };
  }
}

function view(target: StoredTarget): Target {
  const { id, name, typed, addedAtMs } = target;
  const parsed = parseTypedTarget(typed);
  // What an earlier version let in is shown, though it cannot be asked for.
  const scope = typeof parsed === "string" ? {} : scopeView(parsed.scope);
  return { id, name, target: typed, scope, addedAt: instant(addedAtMs) };
}

/** A name that is a target itself would stand in front of that target, which nobody could ask for any more. */
function refuseTarget(name: string, scope: TargetScope): void {
  const own = parseTypedTarget(name);
  if (typeof own === "string" || sameScope(own.scope, scope)) return;
  throw new ControlError({
    reason: "name-taken",
    message: `"${name.trim()}" is a target itself, and cannot be the name of another one.`,
    hint: 'Choose a name that is no address, prefix, domain name or URI, such as "web shop".',
  });
}

function scopeOf(typed: string): TargetScope {
  const parsed = parseTypedTarget(typed);
  if (typeof parsed !== "string") return parsed.scope;
  throw new ControlError({
    reason: "bad-target",
    message: `"${typed}" ${parsed}.`,
    hint: "Write an outside address (203.0.113.7), one with a port (203.0.113.7:443/tcp), a prefix (203.0.113.0/28), a domain name or a URI.",
  });
}
