import type { Answer, IncomingRequest } from "../../coap/types.ts";
import { diagnostic } from "../../coap/screening.ts";
import { StoreError } from "../../store/mitigation-store.ts";
import { Code } from "../../wire/coap/code.ts";
import { findOption, OptionNumber } from "../../wire/coap/options.ts";
import { readBody } from "../signal/request-body.ts";
import type { MitigationWish, PutKind } from "../signal/scope.ts";
import { badRequest, scopes, unavailable } from "./answers.ts";
import { refusalOf } from "./authorize.ts";
import {
  conflictAcrossClients,
  conflictWithNewer,
  cuidCollision,
  noteOfConflict,
} from "./conflict.ts";
import { listedOctets, MAX_LISTED_OCTETS } from "./listed-size.ts";
import { created, doubled, isHeld, isRunning } from "./mitigation-machine.ts";
import type { MitigationRecord, RecordKey } from "./mitigation-record.ts";
import { wallSeconds } from "./mitigation-table.ts";
import type { NewRecord, RecordStep } from "./mitigation-table.ts";
import { grantedLifetime } from "./policy.ts";
import { lifetimeLeftS } from "./render.ts";
import type { SessionContext } from "./session-context.ts";
import { doOverlap, sameTarget } from "./target.ts";
import { isFault, validateScope } from "./validate-scope.ts";

/** PUT: a mitigation request, its refresh, or an efficacy update. [RFC 9132 §4.4.1.3] [RFC 9132 §4.4.3] */
export function putMitigation(
  context: SessionContext,
  path: { readonly cuid?: string; readonly mid?: number },
  request: IncomingRequest,
): Answer | "ignored" {
  const { cuid, mid } = path;
  if (cuid === undefined || mid === undefined) {
    return badRequest("cuid and mid are needed in the path of a mitigation request");
  }
  const kind = kindOf(request);
  if (kind === undefined) {
    return diagnostic(Code.PreconditionFailed, "If-Match: only the empty value is known");
  }
  const key: RecordKey = { client: context.client.name, cuid, mid };
  const existing = heldRecord(context, key);
  if (kind === "efficacy" && !isCurrent(existing)) return "ignored";
  const wish = readWish(context, request, kind);
  if ("refused" in wish) return wish.refused;
  if (context.cuids.isTaken(cuid, context.client.name)) return cuidCollision();
  return kept(context, key, () =>
    existing === undefined ? accept(context, key, wish) : refresh(context, existing, wish),
  );
}

/** An empty If-Match makes an efficacy update; there are no ETags to match. [RFC 9132 §4.4.3] */
function kindOf(request: IncomingRequest): PutKind | undefined {
  const condition = findOption(request.options, OptionNumber.IfMatch);
  if (condition === undefined) return "request";
  return condition.value.length === 0 ? "efficacy" : undefined;
}

/** What cannot be kept is not accepted. */
function kept(context: SessionContext, key: RecordKey, act: () => Answer): Answer {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    context.log.error({ ...key, reason: error.message }, "a request could not be kept");
    return unavailable("the request cannot be kept at the moment", context.policy.retryAfterS);
  }
}

function heldRecord(context: SessionContext, key: RecordKey): MitigationRecord | undefined {
  const record = context.table.get(key);
  return record !== undefined && isHeld(record.mitigation) ? record : undefined;
}

/** An efficacy update that a withdrawal overtook must not bring the mitigation back. [RFC 9132 §4.4.3] */
function isCurrent(record: MitigationRecord | undefined): boolean {
  return record !== undefined && record.mitigation.state.tag !== "terminating";
}

function readWish(
  context: SessionContext,
  request: IncomingRequest,
  kind: PutKind,
): MitigationWish | { readonly refused: Answer } {
  const read = readBody(request);
  if ("refused" in read) return read;
  const scope = read.body["ietf-dots-signal-channel:mitigation-scope"]?.scope;
  const [only, second] = scope ?? [];
  if (only === undefined)
    return { refused: badRequest("mitigation-scope with one scope is missing") };
  if (second !== undefined)
    return { refused: badRequest("scope must have one entry, not several") };
  const wish = validateScope(only, kind, context.policy.maxEntries);
  if (isFault(wish)) return { refused: badRequest(wish.message) };
  const refusal = refusalOf(context.client, wish.target);
  return refusal === undefined ? wish : { refused: badRequest(refusal) };
}

/** The same request again: nothing but the lifetime may differ. [RFC 9132 §4.4.1.3] */
function refresh(
  context: SessionContext,
  existing: MitigationRecord,
  wish: MitigationWish,
): Answer {
  const { mitigation, key } = existing;
  if (!sameTarget(existing.target, wish.target) || mitigation.trigger !== wish.trigger) {
    return badRequest(
      `mid ${key.mid} stands for another request: use a higher mid to change the scope`,
    );
  }
  const expiresAt = wish.lifetimeS === undefined ? "keep" : deadline(context, wish.lifetimeS);
  const next = context.table.step(existing, {
    tag: "refresh",
    expiresAt,
    ...(wish.attackStatus === undefined ? {} : { attackStatus: wish.attackStatus }),
  });
  const lifetime = lifetimeLeftS(next.mitigation, context.clock.now());
  return scopes(Code.Changed, [{ mid: key.mid, lifetime }]);
}

function accept(context: SessionContext, key: RecordKey, wish: MitigationWish): Answer {
  const others = overlapping(context, wish);
  const own = others.filter(
    ({ key: { client, cuid } }) => client === key.client && cuid === key.cuid,
  );
  const sameType = own.filter(({ mitigation }) => mitigation.trigger === wish.trigger);
  const newer = sameType.find((record) => record.key.mid > key.mid);
  if (newer !== undefined) return conflictWithNewer(key.mid, wish, newer);
  const rival = others.find(
    ({ key: { client }, mitigation }) => client !== key.client && isRunning(mitigation),
  );
  if (rival !== undefined) return conflictAcrossClients(context, key.mid, wish, rival);
  const made: NewRecord = { key, target: wish.target, listedOctets: listedOctets(wish.target) };
  const full = whyFull(context, made, sameType);
  if (full !== undefined) return unavailable(full, context.policy.retryAfterS);
  const record = add(context, made, wish, own);
  const beside = others.find((other) => other.key.cuid !== key.cuid);
  const note = beside === undefined ? {} : noteOfConflict(wish, beside);
  const lifetime = lifetimeLeftS(record.mitigation, context.clock.now());
  return scopes(Code.Created, [{ mid: key.mid, lifetime, ...note }]);
}

function overlapping(context: SessionContext, wish: MitigationWish): MitigationRecord[] {
  return context.table
    .all()
    .filter(({ mitigation, target }) => isHeld(mitigation) && doOverlap(wish.target, target));
}

/** There is an end to how many a client may have, and to what one list of them can hold. */
function whyFull(
  { table, client, policy }: SessionContext,
  { key, listedOctets: octets }: NewRecord,
  replaced: readonly MitigationRecord[],
): string | undefined {
  const most = policy.maxMitigationsPerClient;
  if (table.count(client.name) - replaced.length >= most) {
    return `this client has ${most} mitigations, the most it may have`;
  }
  const used = table.listedOctets(key.client, key.cuid, replaced);
  if (used + octets <= MAX_LISTED_OCTETS) return undefined;
  return `the scopes of this cuid's mitigations are longer than one answer may be`;
}

/** One transaction: with the new request the older ones of its kind end, and preconfigured ones step back. */
function add(
  context: SessionContext,
  made: NewRecord,
  wish: MitigationWish,
  overlapped: readonly MitigationRecord[],
): MitigationRecord {
  const replaced = overlapped.filter(({ mitigation }) => mitigation.trigger === wish.trigger);
  const others = overlapped.map((other): RecordStep => {
    const isReplaced = other.mitigation.trigger === wish.trigger;
    return [other, { tag: isReplaced ? "override" : "deactivate" }];
  });
  const step = created({
    trigger: wish.trigger,
    expiresAt: deadline(context, wish.lifetimeS ?? context.policy.maxLifetimeS),
    wallS: wallSeconds(context.clock),
    terminatingMs: terminatingPeriod(context, replaced),
    ...(wish.attackStatus === undefined ? {} : { attackStatus: wish.attackStatus }),
  });
  return context.table.add(made, step, others);
}

/** Asking again while the last one is terminating doubles the period. [RFC 9132 §4.4.4] */
function terminatingPeriod(context: SessionContext, replaced: readonly MitigationRecord[]): number {
  const periods = replaced.map(({ mitigation: { state, terminatingMs } }) =>
    state.tag === "terminating" ? doubled(terminatingMs, context.policy) : terminatingMs,
  );
  return Math.max(context.policy.terminatingMs, ...periods);
}

/** When a lifetime that begins now ends, once the policy has had its say. */
function deadline(context: SessionContext, askedS: number): number | undefined {
  const granted = grantedLifetime(context.policy, askedS);
  return granted === -1 ? undefined : context.clock.now() + granted * 1000;
}
