import { ControlError } from "../control/control-error.ts";
import type { CheckedInput, Provider, ScopePreview } from "../control/contract.ts";
import { covers, parsePrefix } from "../dots/signal/prefix.ts";
import { readScope } from "../dots/signal/scope.ts";
import { sameScope, scopeKey } from "../scope/scope-relation.ts";
import { uniteScopes } from "../scope/united-scope.ts";
import type { StoredProvider, StoredRequest, StoredScope } from "../store/agent-store.ts";
import { encodeDots } from "../wire/cbor/dots-body.ts";
import type { Ledger } from "./ledger.ts";
import { scopeView } from "./mitigation-view.ts";
import type { Providers } from "./providers.ts";
import { replacedBy } from "./replaced.ts";
import type { RequestDesk } from "./request-desk.ts";
import type { MeantTarget, Targets } from "./targets.ts";

/** What the intake works with. */
export interface IntakeDeps {
  readonly providers: Providers;
  readonly targets: Targets;
  readonly desk: RequestDesk;
  readonly ledger: Ledger;
}

type Draft = CheckedInput<"mitigation.request">;

/** What fits one datagram beside headers and path, in octets: a request for help is never sent in pieces. */
const MOST_OCTETS = 1_000;

/** What a request for these targets would ask for, and of whom. @throws {ControlError} */
export function preview(
  deps: IntakeDeps,
  draft: Pick<Draft, "targets" | "provider">,
): ScopePreview {
  const provider = providerOf(deps.providers, draft.provider);
  const { id, name, kind } = provider;
  const items = meant(deps.targets, draft.targets);
  const { scope, warnings } = united(items);
  return {
    provider: { id, name, kind },
    items: items.map((item) => ({ ...item, scope: scopeView(item.scope) })),
    scope: scopeView(scope),
    warnings: [
      ...practiceWarnings(deps.providers.view(provider), scope),
      ...warnings,
      ...(sameLive(deps, id, scope) === undefined ? replacedAt(deps, id, scope) : []),
    ],
  };
}

/** What is known of the practice provider: it protects nobody, and knows a few addresses only. */
function practiceWarnings({ kind, name, prefixes }: Provider, scope: StoredScope): string[] {
  if (kind !== "practice") return [];
  const own = prefixes.map(parsePrefix);
  const foreign = (scope["target-prefix"] ?? []).filter((text) => {
    const wanted = parsePrefix(text);
    return !own.some(
      (one) => typeof one !== "string" && typeof wanted !== "string" && covers(one, wanted),
    );
  });
  const refused = `${name} knows ${prefixes.join(", ")} only; it will refuse ${foreign.join(", ")}.`;
  return [
    `${name} filters nothing: this is for trying things out.`,
    ...(prefixes.length === 0 || foreign.length === 0 ? [] : [refused]),
  ];
}

/**
 * The request that a draft stands for: the one that was made with the same key, or that asks the same of the same
 * provider already, or a new one. @throws {ControlError}
 */
export function request(deps: IntakeDeps, draft: Draft): StoredRequest {
  const earlier = madeWith(deps, draft);
  if (earlier !== undefined) return earlier;
  const provider = providerOf(deps.providers, draft.provider);
  const items = meant(deps.targets, draft.targets);
  const { scope } = united(items);
  const same = sameLive(deps, provider.id, scope);
  if (same !== undefined) return same;
  const made = deps.desk.ask({
    provider,
    owner: deps.providers.ownerOf(provider),
    targets: items.map(({ given }) => given),
    scope,
    lifetimeS: draft.lifetimeS,
    requestKey: draft.requestKey ?? null,
    replaced: replacedAt(deps, provider.id, scope),
  });
  return made.kept;
}

/** The request that asks the same of the same provider already. */
function sameLive(
  { desk }: IntakeDeps,
  providerId: string,
  scope: StoredScope,
): StoredRequest | undefined {
  return liveAt(desk, providerId).find(
    (kept) => kept.phase !== "withdrawing" && sameScope(kept.scope, scope),
  );
}

function replacedAt({ desk }: IntakeDeps, providerId: string, scope: StoredScope) {
  return replacedBy(scope, liveAt(desk, providerId));
}

function liveAt(desk: RequestDesk, providerId: string): StoredRequest[] {
  return desk.of(providerId).map(({ kept }) => kept);
}

/** @throws {ControlError} `already-asked`: the key stands for something else. */
function madeWith(deps: IntakeDeps, draft: Draft): StoredRequest | undefined {
  const { ledger, providers } = deps;
  const { requestKey, lifetimeS, provider } = draft;
  if (requestKey === undefined) return undefined;
  const made = ledger.read((store) => store.requestByKey(requestKey));
  if (made === undefined) return undefined;
  const same =
    made.lifetimeS === lifetimeS &&
    isForTargets(made, draft.targets, deps.targets) &&
    (provider === undefined || isProvider(providers, provider, made));
  if (same) return made;
  throw new ControlError({
    reason: "already-asked",
    message: "Another request was made with the same request key.",
    hint: "Make a new key for every request; the same key is for asking after one again.",
  });
}

/** What was given several times is kept once. */
function isForTargets(made: StoredRequest, given: readonly string[], targets: Targets): boolean {
  if (sameList(made.targets, given)) return true;
  if (made.targets.length >= given.length) return false;
  return sameList(
    made.targets,
    meant(targets, given).map((item) => item.given),
  );
}

function isProvider(providers: Providers, reference: string, made: StoredRequest): boolean {
  if (reference === made.provider || reference === made.providerId) return true;
  return providers.find(reference).id === made.providerId;
}

function providerOf(providers: Providers, reference: string | undefined): StoredProvider {
  return reference === undefined ? providers.theOne() : providers.find(reference);
}

/** Each once: two that come to the same scope are one. @throws {ControlError} `bad-target` */
function meant(targets: Targets, given: readonly string[]): MeantTarget[] {
  const unique = new Map<string, MeantTarget>();
  for (const one of given) {
    const item = targets.meant(one);
    const key = scopeKey(item.scope) ?? one;
    if (!unique.has(key)) unique.set(key, item);
  }
  return [...unique.values()];
}

/** @throws {ControlError} `bad-target`: together they are no request, or too long for one. */
function united(items: readonly MeantTarget[]): ReturnType<typeof uniteScopes> {
  const all = uniteScopes(items);
  const wish = readScope({ ...all.scope, lifetime: 1 }, "request");
  if (typeof wish === "string") {
    throw new ControlError({ reason: "bad-target", message: `This cannot be asked for: ${wish}.` });
  }
  if (octetsOf(all.scope) > MOST_OCTETS) {
    throw new ControlError({
      reason: "bad-target",
      message: "These targets are too many, or too long, for one request.",
      hint: "Ask for them in several requests, or name a prefix in place of many addresses.",
    });
  }
  return all;
}

function octetsOf(scope: StoredScope): number {
  const body = { "ietf-dots-signal-channel:mitigation-scope": { scope: [scope] } };
  return encodeDots(body).length;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry === b[i]);
}
