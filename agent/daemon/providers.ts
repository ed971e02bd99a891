import type { CheckedInput, Provider, TestReport, TestStep } from "../control/contract.ts";
import type { Random } from "../net/ports.ts";
import type { testProvider } from "../session/test-provider.ts";
import type { StoredProvider } from "../store/agent-store.ts";
import { instant } from "./instant.ts";
import { newActivity } from "./activity.ts";
import type { Log } from "./log.ts";
import type { MidBook, MidOwner } from "./mid-book.ts";
import { findNamed, idOf, newId, noSuch, refuseTaken } from "./named.ts";
import type { PracticeHost, RunningPractice } from "./practice.ts";
import { providerCertificate } from "./certificate-state.ts";
import type { HeldCertificate } from "./certificate-watch.ts";
import type { PemReader } from "./pem-reader.ts";
import { ProviderConnection, type ConnectionDeps } from "./provider-connection.ts";
import { credentialOf } from "./provider-draft.ts";
import {
  noProvider,
  practiceFailed,
  providerInUse,
  providerKnown,
  whichProvider,
} from "./provider-refusals.ts";
import { removalNews, removalOf, type Removal } from "./removal.ts";
import type { RequestDesk } from "./request-desk.ts";
import { parseServer, serverKey, serverText, type ServerPlace } from "./server-text.ts";

/** What the book needs of the rest. */
export interface ProvidersDeps extends Omit<ConnectionDeps, "early" | "up" | "down"> {
  readonly pem: PemReader;
  readonly random: Random;
  readonly log: Log;
  readonly mids: MidBook;
  readonly testProvider: typeof testProvider;
  readonly practice: PracticeHost | undefined;
  /** The requests of the providers: told of their sessions. */
  readonly desk: () => RequestDesk;
  /** A provider was added. */
  added(): void;
}

type Draft = CheckedInput<"provider.add">;

const PRACTICE_NAME = "Practice provider";

/** The providers, in the order added, each with its session. */
export class Providers {
  readonly #deps: ProvidersDeps;
  readonly #connections = new Map<string, ProviderConnection>();
  /** What the practice provider that runs here protects. */
  #practice: RunningPractice | undefined;
  #adding: Promise<Provider> | undefined;

  /** @throws {StoreError} `store/damaged`: a certificate that was kept cannot be read. */
  constructor(deps: ProvidersDeps, stored: readonly StoredProvider[]) {
    this.#deps = deps;
    for (const provider of stored) {
      deps.credentials.of(provider);
      this.#connection(provider);
    }
  }

  get connections(): readonly ProviderConnection[] {
    return [...this.#connections.values()];
  }

  get stored(): readonly StoredProvider[] {
    return this.connections.map(({ stored }) => stored);
  }

  /** Opens the sessions; a practice provider is started first. */
  start(): void {
    for (const connection of this.connections) {
      if (connection.stored.kind === "practice") void this.#resume(connection);
      else connection.open();
    }
  }

  /** Ends the sessions, in good order; nothing is withdrawn. */
  async close(): Promise<void> {
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.#deps.practice?.close();
  }

  kick(id: string): void {
    this.#connections.get(id)?.kick();
  }

  /** Somebody waits for this answer of a provider. */
  hurry(id: string, answer: Promise<unknown>): void {
    this.#connections.get(id)?.hurry(answer);
  }

  /** The certificates that we are known by. */
  get certificates(): readonly HeldCertificate[] {
    return this.connections.flatMap(({ stored, certificate: own }) =>
      own === undefined ? [] : [{ provider: stored.name, own }],
    );
  }

  unanswered(id: string): void {
    this.#connections.get(id)?.unanswered();
  }

  /** @throws {ControlError} `no-such-provider` */
  find(reference: string): StoredProvider {
    const found = findNamed(this.stored, reference);
    if (found !== undefined) return found;
    throw noSuch("no-such-provider", "provider", reference, this.stored);
  }

  /**
   * Whom to ask when nobody is named: the only provider, or the only real one.
   * @throws {ControlError} `no-provider`, `which-provider`
   */
  theOne(): StoredProvider {
    const all = this.stored;
    const real = all.filter(({ kind }) => kind === "provider");
    const [only, second] = real.length > 0 ? real : all;
    if (only === undefined) throw noProvider();
    if (second === undefined) return only;
    throw whichProvider(all.map(({ name }) => name));
  }

  /** Whose sequence of mids a request to a provider belongs to. */
  ownerOf(provider: ServerPlace & Pick<StoredProvider, "credential">): MidOwner {
    return { server: serverKey(provider), cuid: this.#deps.credentials.cuidOf(provider) };
  }

  view(stored: StoredProvider): Provider {
    const { id, name, kind, host, credential, addedAtMs } = stored;
    const own = this.#deps.credentials.certificateOf(stored);
    const isPsk = credential.type === "psk";
    return {
      id,
      name,
      kind,
      server: serverText(stored),
      pskIdentity: isPsk ? credential.identity : null,
      certificate:
        isPsk || own === undefined
          ? null
          : providerCertificate(own, credential.serverName ?? host, this.#deps.clock.wallTime()),
      addedAt: instant(addedAtMs),
      prefixes: kind === "practice" ? [...(this.#practice?.prefixes ?? [])] : [],
    };
  }

  /**
   * @throws {ControlError} `name-taken`, `bad-server`, `bad-key`, `bad-certificate`, `provider-known`, `store-failed`
   */
  add(draft: Draft): Provider {
    refuseTaken("provider", this.stored, draft.name);
    const place = this.#placeOf(draft);
    const owner = this.ownerOf(place);
    const known = this.stored.find((other) => isSameOwner(this.ownerOf(other), owner));
    if (known !== undefined) throw providerKnown(known);
    return this.#added({ name: draft.name.trim(), kind: "provider", ...place });
  }

  /** The practice provider, started and added if it is not there. @throws {ControlError} `practice-failed`, … */
  async addPractice(): Promise<Provider> {
    const there = this.#practiceThere();
    if (there !== undefined) return this.view(there);
    this.#adding ??= this.#addPractice().finally(() => (this.#adding = undefined));
    return this.#adding;
  }

  /**
   * Ends the session with a provider and forgets it; answers what it was not told.
   * @throws {ControlError} `no-such-provider`, `provider-in-use`, `store-failed`
   */
  async remove(reference: string): Promise<Removal> {
    const stored = this.find(reference);
    const desk = this.#deps.desk();
    const live = desk.of(stored.id).map(({ kept }) => kept);
    const inUse = live.filter(({ phase }) => phase !== "withdrawing");
    if (inUse.length > 0) throw providerInUse(stored.name, inUse.length);
    const removal = removalOf(live);
    const proposals = desk.removal(stored.id);
    const news = newActivity(this.#deps.clock, "provider-removed", "");
    this.#deps.ledger.keep({
      removeProviders: [stored.id],
      requests: proposals.flatMap(({ changes }) => changes.requests ?? []),
      activities: [
        ...proposals.flatMap(({ changes }) => changes.activities ?? []),
        { ...news, ...removalNews(stored, removal), provider: stored.name },
      ],
    });
    for (const { commit } of proposals) commit();
    const connection = this.#connections.get(stored.id);
    this.#connections.delete(stored.id);
    desk.down(stored.id);
    this.#deps.changed();
    await connection?.close();
    this.#deps.session.sessions?.forget(stored.id);
    this.#deps.credentials.wipe(stored);
    if (stored.kind === "practice") await this.#endPractice();
    return removal;
  }

  /** Tries a provider out. @throws {ControlError} `no-such-provider`, `bad-server`, `bad-key`, `bad-certificate` */
  async test(
    input: CheckedInput<"provider.test">,
    onStep: (step: TestStep) => void,
    signal: AbortSignal,
  ): Promise<TestReport> {
    const { credentials, session } = this.#deps;
    const place = "draft" in input ? this.#placeOf(input.draft) : this.find(input.provider);
    const { host, port } = place;
    try {
      const { ok, steps, fault } = await this.#deps.testProvider(
        session,
        { host, port, credential: credentials.of(place) },
        (step) => onStep(stepView(step)),
        signal,
      );
      return { ok, steps: steps.map(stepView), fault: fault && { ...fault } };
    } finally {
      if ("draft" in input) credentials.wipe(place);
    }
  }

  #connection(stored: StoredProvider): ProviderConnection {
    const connection = new ProviderConnection(
      {
        ...this.#deps,
        early: (provider, client) =>
          this.#deps.desk().early(provider, this.ownerOf(provider), client),
        up: (provider, client) => this.#deps.desk().up(provider, this.ownerOf(provider), client),
        down: (id) => this.#deps.desk().down(id),
      },
      stored,
    );
    this.#connections.set(stored.id, connection);
    return connection;
  }

  #added(provider: Omit<StoredProvider, "id" | "addedAtMs">): Provider {
    const { clock, ledger } = this.#deps;
    const addedAtMs = Math.round(clock.wallTime());
    const stored: StoredProvider = { id: this.#idOf(provider), addedAtMs, ...provider };
    const news = newActivity(clock, "provider-added", `${stored.name} was added.`);
    const details = { server: serverText(stored), ...this.#credentialDetails(stored) };
    ledger.keep({
      providers: [stored],
      activities: [{ ...news, provider: stored.name, details }],
    });
    this.#connection(stored).open();
    this.#deps.added();
    return this.view(stored);
  }

  /** Where a draft's server is, and what we are known by there. @throws {ControlError} */
  #placeOf(draft: Draft): ServerPlace & Pick<StoredProvider, "credential"> {
    const place = parseServer(draft.server);
    const { pem, clock } = this.#deps;
    const credential = credentialOf(draft, place.host, { pem, atMs: clock.wallTime() });
    return { ...place, credential };
  }

  #credentialDetails(stored: StoredProvider): Readonly<Record<string, string>> {
    const { credential } = stored;
    if (credential.type === "psk") return { identity: credential.identity };
    return { certificate: this.view(stored).certificate?.subject ?? "" };
  }

  /**
   * The same for one server under one cuid, whenever it is added: what was asked there before is known to be ours. A
   * practice provider that moved may have it already.
   */
  #idOf(provider: Pick<StoredProvider, "host" | "port" | "credential">): string {
    const { server, cuid } = this.ownerOf(provider);
    const { session, random } = this.#deps;
    const id = idOf("p", session.sha256(new TextEncoder().encode(`${server} ${cuid}`)));
    return this.#connections.has(id) ? newId("p", random) : id;
  }

  #practiceThere(): StoredProvider | undefined {
    return this.stored.find(({ kind }) => kind === "practice");
  }

  async #addPractice(): Promise<Provider> {
    const { practice } = this.#deps;
    if (practice === undefined) throw practiceFailed("this agent runs without one");
    const running = await practice.start(undefined).catch((error: unknown) => {
      throw practiceFailed(error instanceof Error ? error.message : String(error), error);
    });
    this.#practice = running;
    try {
      const { server, identity, key } = running;
      const credential = { type: "psk", identity, key } as const;
      return this.#added({ name: this.#freeName(), kind: "practice", ...server, credential });
    } catch (error) {
      await this.#endPractice();
      throw error;
    }
  }

  #freeName(): string {
    let name = PRACTICE_NAME;
    for (let n = 2; findNamed(this.stored, name) !== undefined; n += 1)
      name = `${PRACTICE_NAME} ${n}`;
    return name;
  }

  /** Starts a practice provider of an earlier run again, then its session. It may have to move to another port. */
  async #resume(connection: ProviderConnection): Promise<void> {
    const { practice, log, mids, ledger } = this.#deps;
    const { stored } = connection;
    try {
      const running = await practice?.start(stored.port);
      if (running === undefined || this.#connections.get(stored.id) !== connection)
        return connection.open();
      this.#practice = running;
      const { server, identity, key } = running;
      const moved: StoredProvider = {
        ...stored,
        ...server,
        credential: { type: "psk", identity, key },
      };
      const mid = mids.moved(this.ownerOf(stored), this.ownerOf(moved));
      if (mid !== undefined) mids.took(mid);
      ledger.note({ providers: [moved], ...(mid === undefined ? {} : { mids: [mid] }) });
      connection.open(moved);
    } catch (error) {
      log.error({ reason: String(error) }, "the practice provider cannot be started");
      connection.open(); // it may run elsewhere on this machine
    }
  }

  async #endPractice(): Promise<void> {
    this.#practice = undefined;
    await this.#deps.practice?.close();
  }
}

function isSameOwner(a: MidOwner, b: MidOwner): boolean {
  return a.server === b.server && a.cuid === b.cuid;
}

/** Tenths of a millisecond: more is noise. */
function stepView(step: Readonly<TestStep>): TestStep {
  return { ...step, ms: step.ms === null ? null : Math.round(step.ms * 10) / 10 };
}
