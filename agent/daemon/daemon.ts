import type { Status } from "../control/contract.ts";
import type { EventSource, Handlers } from "../control/handlers.ts";
import type { Sha256 } from "../dots/signal/cuid.ts";
import type { SessionStore } from "../dtls/resumption.ts";
import type { Address, World } from "../net/ports.ts";
import type { openProviderSession } from "../session/provider-session.ts";
import type { testProvider } from "../session/test-provider.ts";
import type {
  AgentState,
  AgentStore,
  StoredActivity,
  StoredRequest,
} from "../store/agent-store.ts";
import { activityView, newActivity } from "./activity.ts";
import { Announcer } from "./announcer.ts";
import { CertificateWatch } from "./certificate-watch.ts";
import { Credentials } from "./credentials.ts";
import { EndedShelf } from "./ended-shelf.ts";
import { handlersOf } from "./handlers.ts";
import { instant } from "./instant.ts";
import { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import { MidBook } from "./mid-book.ts";
import { endedView, liveView } from "./mitigation-view.ts";
import type { PracticeHost } from "./practice.ts";
import type { PemReader } from "./pem-reader.ts";
import { Providers } from "./providers.ts";
import { RequestDesk } from "./request-desk.ts";
import { isOver } from "./request-state.ts";
import { Targets } from "./targets.ts";

/** What the agent is made of. */
export interface DaemonDeps {
  readonly world: World;
  /** All addresses of a host. @throws {NetError} it has none, or nobody could say */
  resolve(host: string, port: number): Promise<readonly Address[]>;
  readonly sha256: Sha256;
  readonly pem: PemReader;
  /** Where sessions are kept to go on with; none unless told. */
  readonly sessions?: SessionStore | undefined;
  /** Takes the lines of a key log: whoever has them can read the sessions. */
  readonly keyLog?: ((line: string) => void) | undefined;
  /** Closed by `close`. */
  readonly store: AgentStore;
  readonly log: Log;
  readonly version: string;
  rssBytes(): number;
  readonly openSession: typeof openProviderSession;
  readonly testProvider: typeof testProvider;
  /** Undefined: this agent runs no practice provider. */
  readonly practice: PracticeHost | undefined;
  /** Undefined: there is no web console. */
  readonly consoleLink: (() => { readonly url: string; readonly expiresAt: string }) | undefined;
}

/** The agent behind its control interface. */
export interface Daemon {
  readonly handlers: Handlers;
  readonly events: EventSource;
  /** Opens the sessions and takes up what lived. */
  start(): void;
  /** Says goodbye to the providers, who keep what they were asked for; releases the store. Idempotent. */
  close(): Promise<void>;
}

/** How far back the store is looked through for requests that ended. */
const LOOK_BACK = 200;

/**
 * Makes the agent from what it kept. Nothing is sent before `start`.
 * @throws {StoreError} what was kept cannot be read.
 */
export function createDaemon(deps: DaemonDeps): Daemon {
  return new Agent(deps, deps.store.load());
}

class Agent implements Daemon {
  readonly handlers: Handlers;
  readonly #deps: DaemonDeps;
  readonly #announcer: Announcer;
  readonly #ledger: Ledger;
  readonly #providers: Providers;
  readonly #certificates: CertificateWatch;
  readonly #desk: RequestDesk;
  readonly #shelf: EndedShelf;
  readonly #living: readonly StoredRequest[];
  readonly #startedAt: { readonly at: number; readonly wallMs: number };
  #closing: Promise<void> | undefined;

  constructor(deps: DaemonDeps, state: AgentState) {
    const { world, store, log } = deps;
    const { clock, random } = world;
    this.#deps = deps;
    this.#living = state.requests;
    this.#startedAt = { at: clock.now(), wallMs: clock.wallTime() };
    this.#announcer = new Announcer(clock, log, () => this.#status());
    this.#ledger = new Ledger({ store, clock, log }, (entry) => this.#logged(entry));
    this.#shelf = new EndedShelf(store.requests(LOOK_BACK).filter(isOver));
    const changed = (): void => this.#announcer.changed();
    const common = { ...deps, clock, random, ledger: this.#ledger, changed };
    const mids = new MidBook(state.mids);
    this.#providers = new Providers(
      {
        ...common,
        mids,
        session: deps,
        credentials: new Credentials(deps),
        desk: () => this.#desk,
        added: () => this.#certificates.look(),
      },
      state.providers,
    );
    this.#certificates = new CertificateWatch(common, () => this.#providers.certificates);
    this.#desk = new RequestDesk(
      {
        ...common,
        mids,
        kick: (id) => this.#providers.kick(id),
        hurry: (id, answer) => this.#providers.hurry(id, answer),
        unanswered: (id) => this.#providers.unanswered(id),
        over: (request) => this.#shelf.add(request),
      },
      state.lastRequestId,
    );
    const targets = new Targets(common, state.targets);
    this.handlers = handlersOf({
      ...common,
      targets,
      providers: this.#providers,
      desk: this.#desk,
      shelf: this.#shelf,
      status: () => this.#status(),
      consoleLink: deps.consoleLink,
    });
  }

  get events(): EventSource {
    return this.#announcer;
  }

  start(): void {
    const { clock } = this.#deps.world;
    const started = newActivity(clock, "agent-started", "Mayday started.");
    const details = { version: this.#deps.version };
    this.#ledger.note({ activities: [{ ...started, details }] });
    this.#desk.restore(this.#living);
    this.#providers.start();
    this.#certificates.start();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { clock } = this.#deps.world;
    this.#certificates.stop();
    this.#desk.stop();
    this.#ledger.note({
      activities: [newActivity(clock, "agent-stopped", "Mayday ended. Nothing was withdrawn.")],
    });
    await this.#providers.close();
    this.#announcer.close();
    this.#ledger.close();
  }

  #logged(entry: StoredActivity): void {
    const view = activityView(entry);
    if (view !== undefined) this.#announcer.logged(view);
  }

  #status(): Status {
    const { world, version } = this.#deps;
    const { clock } = world;
    return {
      agent: {
        version,
        uptimeS: Math.round((clock.now() - this.#startedAt.at) / 1000),
        rssBytes: this.#deps.rssBytes(),
        startedAt: instant(this.#startedAt.wallMs),
      },
      sessions: this.#providers.connections.map(({ view }) => view),
      mitigations: this.#desk.live.map((request) => liveView(request, clock)).toReversed(),
      ended: this.#shelf.all.map(endedView),
      triggers: [],
    };
  }
}
