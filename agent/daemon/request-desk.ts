import { CoapError } from "../coap/error.ts";
import { ControlError } from "../control/control-error.ts";
import type { DotsClient } from "../dots/client/client.ts";
import type { Clock, Millis } from "../net/ports.ts";
import type { StoredProvider, StoredRequest, StoredScope } from "../store/agent-store.ts";
import type { Ledger } from "./ledger.ts";
import { changesOf, LiveRequest, type Proposal, type RequestSurroundings } from "./live-request.ts";
import type { Log } from "./log.ts";
import type { MidBook, MidOwner } from "./mid-book.ts";
import { ProviderLink } from "./provider-link.ts";
import { newRequest, restoredRequest, type Moment } from "./request-state.ts";
import { newerThan } from "./replaced.ts";
import { noticeStrangers, type Stranger } from "./strangers.ts";
import type { Told } from "./told.ts";

/** What the desk needs of the rest. */
export interface DeskDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly mids: MidBook;
  /** Somebody asks now: a session is wanted at once. */
  kick(providerId: string): void;
  /** Somebody waits for this answer of the provider. */
  hurry(providerId: string, answer: Promise<unknown>): void;
  /** A question to the provider got no answer. */
  unanswered(providerId: string): void;
  /** Something that is shown changed. */
  changed(): void;
  /** A request is over, and no longer the desk's. */
  over(request: LiveRequest): void;
}

/** What a user wants, once it is clear. */
export interface Wish {
  readonly provider: StoredProvider;
  readonly owner: MidOwner;
  /** As the user named them. */
  readonly targets: readonly string[];
  readonly scope: StoredScope;
  readonly lifetimeS: number;
  readonly requestKey: string | null;
  /** What it takes the place of, one sentence each. */
  readonly replaced: readonly string[];
}

interface Line {
  readonly link: ProviderLink;
  /** The mids that were withdrawn once more on this session. */
  readonly withdrawnAgain: Set<number>;
}

/** How many may live at once: each takes datagrams to keep it. */
export const MOST_LIVE = 100;

/** All requests that live, joined to the sessions of their providers. */
export class RequestDesk {
  readonly #deps: DeskDeps;
  readonly #live = new Map<number, LiveRequest>();
  readonly #lines = new Map<string, Line>();
  /** What each server holds that is not ours to touch, by its mid: told of once, for as long as it is there. */
  readonly #noticed = new Map<string, ReadonlySet<number>>();
  #lastId: number;

  /** `lastId`: the highest that a request ever had. */
  constructor(deps: DeskDeps, lastId: number) {
    this.#deps = deps;
    this.#lastId = lastId;
  }

  /** Those that live, in the order they were asked for. */
  get live(): readonly LiveRequest[] {
    return [...this.#live.values()];
  }

  find(id: number): LiveRequest | undefined {
    return this.#live.get(id);
  }

  of(providerId: string): readonly LiveRequest[] {
    return this.live.filter(({ kept }) => kept.providerId === providerId);
  }

  /** Takes up what lived when the agent last ended; what ran out meanwhile is not shown as if it had not. */
  restore(requests: readonly StoredRequest[]): void {
    for (const kept of requests) {
      this.#add(kept.id, restoredRequest(kept, this.#moment())).lookAtClock();
    }
  }

  /**
   * Keeps a request, and begins to send it.
   * @throws {ControlError} `too-many`, `ids-exhausted`, `store-failed`: nothing was kept or sent.
   */
  ask(wish: Wish): LiveRequest {
    if (this.#live.size >= MOST_LIVE) throw tooMany();
    const { ledger, mids } = this.#deps;
    const mid = mids.next(wish.owner, this.#live.size > 0);
    if (mid === undefined) throw exhausted(wish.provider.name);
    const moment = this.#moment();
    const kept = keptOf(wish, this.#lastId + 1, mid.last, moment);
    const { requests, activities } = changesOf(kept, [{ tag: "requested" }], moment);
    const told = activities.map((entry) => ({
      ...entry,
      text: [entry.text, ...wish.replaced].join(" "),
    }));
    ledger.keep({ mids: [mid], requests, activities: told });
    mids.took(mid);
    this.#lastId = kept.id;
    const request = this.#add(kept.id, newRequest(kept, moment));
    const line = this.#lines.get(wish.provider.id);
    if (line !== undefined) request.begin(line.link);
    this.#deps.kick(wish.provider.id);
    this.#deps.changed();
    return request;
  }

  /** A session is about to stand, where there is none. There is room for one request: the first that waits. */
  early(provider: StoredProvider, owner: MidOwner, client: DotsClient): void {
    const [first] = this.#inOrder(provider.id);
    if (first?.kept.phase === "asking") first.up(this.#lineOf(provider, owner, client).link);
  }

  /** A session with a provider stands, also in place of another. What is wanted is sent before anything is asked. */
  up(provider: StoredProvider, owner: MidOwner, client: DotsClient): void {
    const { link } = this.#lineOf(provider, owner, client);
    for (const request of this.#inOrder(provider.id)) request.up(link);
    link.ask();
  }

  /** Those that wait for help come first: on a line that loses much, what is sent first arrives first. */
  #inOrder(providerId: string): readonly LiveRequest[] {
    const rank = ({ kept }: LiveRequest): number => (kept.phase === "asking" ? 0 : 1);
    return this.of(providerId).toSorted((a, b) => rank(a) - rank(b) || a.kept.mid - b.kept.mid);
  }

  /** The line by this client, in place of the one before. */
  #lineOf(provider: StoredProvider, owner: MidOwner, client: DotsClient): Line {
    const before = this.#lines.get(provider.id);
    if (before?.link.isOf(client) === true) return before;
    before?.link.end();
    const withdrawnAgain = before?.withdrawnAgain ?? new Set<number>();
    const link: ProviderLink = new ProviderLink(this.#deps.clock, client, {
      told: (told) => this.#told(provider, told),
      gone: (mid, since) => this.#byMid(provider, mid)?.gone(since),
      listed: (all, since) => this.#listed(provider, owner, { link, withdrawnAgain }, all, since),
      failed: (error) => this.#failed(provider, error),
    });
    const line = { link, withdrawnAgain };
    this.#lines.set(provider.id, line);
    return line;
  }

  /** The session with a provider is gone. */
  down(providerId: string): void {
    const line = this.#lines.get(providerId);
    if (line === undefined) return;
    this.#lines.delete(providerId);
    line.link.end();
    for (const request of this.of(providerId)) request.down();
  }

  /** What ends with a provider, to be kept together with its removal. */
  removal(providerId: string): readonly Proposal[] {
    return this.of(providerId).map((request) => request.propose({ tag: "provider-removed" }));
  }

  /** Sends nothing any more; everything stays as it is at the providers. */
  stop(): void {
    for (const request of this.live) request.stop();
    for (const { link } of this.#lines.values()) link.end();
    this.#lines.clear();
  }

  #add(id: number, state: ReturnType<typeof newRequest>): LiveRequest {
    const { clock, ledger } = this.#deps;
    const { providerId } = state.kept;
    const around: RequestSurroundings = {
      clock,
      ledger,
      hurry: (answer) => this.#deps.hurry(providerId, answer),
      unanswered: () => this.#deps.unanswered(providerId),
      newer: (kept) =>
        newerThan(
          kept,
          this.of(providerId).map(({ state: other }) => other),
        ),
      changed: () => this.#deps.changed(),
      over: (request) => {
        this.#live.delete(id);
        this.#deps.over(request);
      },
    };
    const request = new LiveRequest(around, state);
    this.#live.set(id, request);
    return request;
  }

  #byMid(provider: StoredProvider, mid: number): LiveRequest | undefined {
    return this.of(provider.id).find(({ kept }) => kept.mid === mid);
  }

  #told(provider: StoredProvider, told: Told): void {
    this.#byMid(provider, told.mid)?.told(told);
  }

  /** What the server holds is held against what we hold. */
  #listed(
    provider: StoredProvider,
    owner: MidOwner,
    line: Line,
    all: readonly Told[],
    since: Millis,
  ): void {
    const shown = new Map(all.map((told) => [told.mid, told]));
    const missing = this.of(provider.id).filter(({ kept }) => !shown.has(kept.mid));
    for (const request of this.of(provider.id)) {
      const told = shown.get(request.kept.mid);
      shown.delete(request.kept.mid);
      if (told !== undefined) request.told(told);
    }
    // After what is there: that may have taken the place of what is not.
    for (const request of missing) request.gone(since);
    this.#raise(owner, all);
    this.#notice(provider, line, [...shown.values()]);
  }

  /** What is there and no live request's: looked into once. */
  #notice(provider: StoredProvider, { link, withdrawnAgain }: Line, shown: readonly Told[]): void {
    const before = this.#noticed.get(provider.id);
    const noticed = new Set(shown.map(({ mid }) => mid).filter((mid) => before?.has(mid)));
    const fresh = shown.filter(({ mid }) => !noticed.has(mid) && !withdrawnAgain.has(mid));
    for (const { mid, fate } of noticeStrangers(this.#deps, provider, fresh)) {
      if (fate === "withdrawn") {
        withdrawnAgain.add(mid);
        void this.#withdrawAgain(provider, link, mid);
      } else noticed.add(mid);
    }
    this.#noticed.set(provider.id, noticed);
  }

  #raise(owner: MidOwner, all: readonly Told[]): void {
    const { ledger, mids } = this.#deps;
    const highest = all.reduce<number>((most, { mid }) => Math.max(most, mid), -1);
    const seen = highest < 0 ? undefined : mids.seen(owner, highest);
    if (seen === undefined) return;
    mids.took(seen);
    ledger.note({ mids: [seen] });
  }

  /** Withdrawn by us and there all the same: a late copy of an old request brought it back. */
  async #withdrawAgain(
    provider: StoredProvider,
    link: ProviderLink,
    mid: Stranger["mid"],
  ): Promise<void> {
    this.#deps.log.info({ provider: provider.name, mid }, "withdrawn once more");
    try {
      await link.withdraw(mid, () => undefined);
    } catch (error) {
      this.#failed(provider, error);
      this.#lines.get(provider.id)?.withdrawnAgain.delete(mid);
    }
  }

  #failed(provider: StoredProvider, error: unknown): void {
    const { log } = this.#deps;
    log.debug({ provider: provider.name, reason: String(error) }, "the status cannot be had");
    if (error instanceof CoapError && error.code === "coap/timeout") {
      this.#deps.unanswered(provider.id);
    }
  }

  #moment(): Moment {
    const { clock } = this.#deps;
    return { at: clock.now(), wallMs: Math.round(clock.wallTime()) };
  }
}

function keptOf(
  { provider, targets, scope, lifetimeS, requestKey }: Wish,
  id: number,
  mid: number,
  { wallMs }: Moment,
): StoredRequest {
  return {
    id,
    providerId: provider.id,
    provider: provider.name,
    kind: provider.kind,
    mid,
    targets,
    scope,
    lifetimeS,
    requestKey,
    phase: "asking",
    status: null,
    expiresAtMs: null,
    requestedAtMs: wallMs,
    sentAtMs: null,
    acceptedAtMs: null,
    filteringAtMs: null,
    endedAtMs: null,
    refusal: null,
    outcome: null,
  };
}

function tooMany(): ControlError {
  return new ControlError({
    reason: "too-many",
    message: `There are ${MOST_LIVE} requests already, which is the most there can be.`,
    hint: "Stop one that is no longer needed, or put several targets in one request.",
  });
}

function exhausted(provider: string): ControlError {
  return new ControlError({
    reason: "ids-exhausted",
    message: `The numbers for requests to ${provider} are used up for as long as one of them lives.`,
    hint: "Stop the requests that live; then the numbers begin again.",
  });
}
