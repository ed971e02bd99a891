import type { Session } from "../control/contract.ts";
import type { DotsClient } from "../dots/client/client.ts";
import type { OwnCertificate } from "../dtls/credentials.ts";
import type { Clock, Millis } from "../net/ports.ts";
import type {
  openProviderSession,
  ProviderSession,
  SessionDeps,
} from "../session/provider-session.ts";
import type { StoredProvider } from "../store/agent-store.ts";
import { sessionCertificate } from "./certificate-state.ts";
import type { Credentials } from "./credentials.ts";
import type { Ledger } from "./ledger.ts";
import { sessionNews, type SessionTold } from "./session-news.ts";
import { sessionView, startingView } from "./session-view.ts";

/** What a provider's session needs of the rest. */
export interface ConnectionDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly session: SessionDeps;
  readonly openSession: typeof openProviderSession;
  readonly credentials: Credentials;
  early(provider: StoredProvider, client: DotsClient): void;
  up(provider: StoredProvider, client: DotsClient): void;
  down(providerId: string): void;
  /** Something that is shown changed. */
  changed(): void;
}

/** A provider of the book, and its session from the moment it is opened. */
export class ProviderConnection {
  readonly #deps: ConnectionDeps;
  readonly #sinceMs: Millis;
  #stored: StoredProvider;
  #session: ProviderSession | undefined;
  #told: SessionTold = { tag: "nothing" };
  #closed = false;

  constructor(deps: ConnectionDeps, stored: StoredProvider) {
    this.#deps = deps;
    this.#stored = stored;
    this.#sinceMs = deps.clock.wallTime();
  }

  get stored(): StoredProvider {
    return this.#stored;
  }

  get view(): Session {
    const view =
      this.#session === undefined
        ? startingView(this.#stored, this.#sinceMs)
        : sessionView(this.#stored, this.#session.view);
    const own = this.certificate;
    const nowMs = this.#deps.clock.wallTime();
    return { ...view, certificate: own === undefined ? null : sessionCertificate(own, nowMs) };
  }

  /** The certificate that we are known by there. */
  get certificate(): OwnCertificate | undefined {
    return this.#deps.credentials.certificateOf(this.#stored);
  }

  /** Connects to `stored`, which may be elsewhere than before. Does nothing once opened or closed. */
  open(stored: StoredProvider = this.#stored): void {
    if (this.#closed || this.#session !== undefined) return;
    this.#stored = stored;
    const { id: sessionName, host, port } = stored;
    const endpoint = { host, port, credential: this.#deps.credentials.of(stored), sessionName };
    this.#session = this.#deps.openSession(this.#deps.session, endpoint, {
      early: (client) => this.#deps.early(stored, client),
      up: (client) => this.#deps.up(stored, client),
      down: () => this.#deps.down(stored.id),
      changed: () => this.#changed(),
    });
    this.#deps.changed();
  }

  /** Somebody asks now. */
  kick(): void {
    this.#session?.kick();
  }

  /** Somebody waits for this answer. */
  hurry(answer: Promise<unknown>): void {
    this.#session?.hurry(answer);
  }

  /** A request got no answer. */
  unanswered(): void {
    this.#session?.unanswered();
  }

  /** Says goodbye; what was asked for stays at the provider. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#session?.close();
  }

  #changed(): void {
    this.#deps.changed();
    if (this.#session === undefined || this.#closed) return;
    const { name } = this.#stored;
    const { told, news } = sessionNews(this.#told, name, this.#session.view);
    this.#told = told;
    if (news === undefined) return;
    const atMs = Math.round(this.#deps.clock.wallTime());
    this.#deps.ledger.note({ activities: [{ ...news, atMs, provider: name, request: null }] });
  }
}
