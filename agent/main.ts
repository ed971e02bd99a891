import { createHash } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import packageJson from "../package.json" with { type: "json" };
import type { Channel } from "./control/channel.ts";
import { ControlError } from "./control/control-error.ts";
import type { Right } from "./control/define.ts";
import { serveChannel } from "./control/server-connection.ts";
import { ControlListenError } from "./control/transport/listen-error.ts";
import { listenControl } from "./control/transport/socket-server.ts";
import { WebConsoleError } from "./control/web/console-error.ts";
import { keepWebConsolePort, webConsoleSecret } from "./control/web/console-file.ts";
import { startWebConsole, type WebConsole } from "./control/web/web-console.ts";
import { createDaemon, type Daemon } from "./daemon/daemon.ts";
import type { Log } from "./daemon/log.ts";
import { MemorySessionStore } from "./dtls/stored-session.ts";
import { dataFolder, makeControlFolder, surroundings } from "./host/data-dir.ts";
import { pastedPem } from "./host/pasted-pem.ts";
import { resolveHost } from "./net/node/resolve.ts";
import { nodeWorld } from "./net/node/world.ts";
import { LocalPracticeHost } from "./provider/practice-host.ts";
import { openProviderSession } from "./session/provider-session.ts";
import { testProvider } from "./session/test-provider.ts";
import { StoreError } from "./store/mitigation-store.ts";
import { SqliteAgentStore } from "./store/sqlite/sqlite-agent-store.ts";

/** How an agent is to run. */
export interface AgentOptions {
  /** Absolute; made if it is not there. */
  readonly dataDir: string;
  /** Of `controlPathOf`. */
  readonly controlPath: string;
  /** `port`: where it is wished, else where it was last. `folder`: the built interface. */
  readonly console: { readonly port?: number | undefined; readonly folder: string } | "off";
  readonly log: Log;
  /** Takes the lines of a key log: whoever has them can read the traffic. None unless told. */
  readonly keyLog?: ((line: string) => void) | undefined;
  /** Whether it can run the practice provider. */
  readonly practice: boolean;
}

/** An agent that runs. */
export interface RunningAgent {
  readonly controlPath: string;
  /** `http://127.0.0.1:PORT`; undefined: there is no web console. */
  readonly consoleUrl: string | undefined;
  /** What did not go as it should, for people. */
  readonly warnings: readonly string[];
  /** A link that logs one browser in. @throws {ControlError} `console-off` */
  loginLink(): { readonly url: string; readonly expiresAt: string };
  /** Serves one more channel, such as a desktop window's, until it ends. */
  attach(channel: Channel, right: Right): void;
  /** Ends in good order, within 2 s; nothing is withdrawn. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the agent: takes the control socket first, so that of two agents one does not touch what the other keeps.
 * @throws {ControlListenError} `in-use`: an agent runs there already; other codes: no socket can be had there.
 * @throws {SetupError} `control`, `data-dir`: the folders cannot be made.
 * @throws {StoreError} what was kept cannot be read.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const starting = new StartingAgent(options);
  try {
    await starting.start();
    return starting;
  } catch (error) {
    await starting.close();
    throw error;
  }
}

class StartingAgent implements RunningAgent {
  readonly controlPath: string;
  readonly warnings: string[] = [];
  readonly #options: AgentOptions;
  readonly #world = nodeWorld();
  /** What to release, in the order taken. */
  readonly #taken: (() => Promise<void> | void)[] = [];
  readonly #attached = new Set<Channel>();
  #daemon: Daemon | undefined;
  #console: WebConsole | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.controlPath = options.controlPath;
  }

  get consoleUrl(): string | undefined {
    return this.#console?.url;
  }

  async start(): Promise<void> {
    const { dataDir, controlPath, log } = this.#options;
    dataFolder(dataDir, ".");
    makeControlFolder(surroundings(), controlPath);
    const onChannel = (channel: Channel): void => this.#serve(channel, "admin"); // this user's own
    const listener = await listenControl({ path: controlPath, onChannel, log });
    this.#taken.push(() => listener.close());
    // No pause until the daemon is there: whoever connects is served from the first moment.
    this.#daemon = this.#makeDaemon();
    await this.#openConsole();
    this.#daemon.start();
  }

  loginLink(): { readonly url: string; readonly expiresAt: string } {
    if (this.#console !== undefined) return this.#console.loginLink();
    throw new ControlError({
      reason: "console-off",
      message: "There is no web console at this agent.",
      hint: "It is switched off, or could not be started: the agent's log says why.",
    });
  }

  attach(channel: Channel, right: Right): void {
    this.#attached.add(channel);
    this.#serve(
      watchEnd(channel, () => this.#attached.delete(channel)),
      right,
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  #serve(channel: Channel, right: Right): void {
    if (this.#daemon === undefined || this.#closing !== undefined) return channel.close();
    const { handlers, events } = this.#daemon;
    const { log } = this.#options;
    const { clock } = this.#world;
    const { version } = packageJson;
    serveChannel(channel, { handlers, events, right, version, log, clock });
  }

  async #release(): Promise<void> {
    for (const release of this.#taken.toReversed()) {
      try {
        await release();
      } catch (error) {
        this.#options.log.error({ reason: String(error) }, "cannot be released");
      }
    }
    for (const channel of this.#attached) channel.close();
  }

  #makeDaemon(): Daemon {
    const { dataDir, log, practice, console: wished } = this.#options;
    const store = openStore(dataDir);
    this.#taken.push(() => store.close());
    const daemon = createDaemon({
      world: this.#world,
      resolve: resolveHost,
      sha256: (data) => createHash("sha256").update(data).digest(),
      pem: pastedPem,
      sessions: new MemorySessionStore(), // not kept in the store: that is not encrypted yet
      keyLog: this.#options.keyLog,
      store,
      log,
      version: packageJson.version,
      rssBytes: () => process.memoryUsage.rss(),
      openSession: openProviderSession,
      testProvider,
      practice: practice ? new LocalPracticeHost(dataDir, this.#world, log) : undefined,
      consoleLink: wished === "off" ? undefined : () => this.loginLink(),
    });
    this.#taken.push(() => daemon.close());
    return daemon;
  }

  /** An agent that cannot show itself still helps. */
  async #openConsole(): Promise<void> {
    const { dataDir, console: wished, log } = this.#options;
    if (wished === "off") return;
    try {
      const file = webConsoleSecret(dataDir);
      this.warnings.push(...file.warnings);
      const opened = await startWebConsole({
        port: wished.port ?? file.port ?? 0,
        allowPortFallback: true,
        folder: wished.folder,
        secret: file.secret,
        onChannel: (channel) => this.#serve(channel, "write"),
        log,
        now: () => this.#world.clock.wallTime(),
      });
      this.#console = opened;
      this.#taken.push(() => opened.close());
      keepWebConsolePort(dataDir, file, opened.port);
    } catch (error) {
      if (!(error instanceof WebConsoleError)) throw error;
      log.error({ code: error.code, reason: error.message }, "web console");
      this.warnings.push(`${error.message}; the agent goes on without it`);
    }
  }
}

function openStore(dataDir: string): SqliteAgentStore {
  try {
    return new SqliteAgentStore(join(dataDir, "agent.db"));
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== "store/in-use") throw error;
    throw new ControlListenError(
      "in-use",
      `an agent is running already on the data directory ${dataDir}`,
      { hint: "Stop it first, or choose another data directory for this one.", cause: error },
    );
  }
}

/** The same channel; `onEnd` hears when it ends. */
function watchEnd(channel: Channel, onEnd: () => void): Channel {
  return {
    send: (text) => channel.send(text),
    get queued() {
      return channel.queued;
    },
    close: () => channel.close(),
    listen: (listener) =>
      channel.listen({
        message: (text) => listener.message(text),
        ...(listener.ended === undefined ? {} : { ended: () => listener.ended?.() }),
        closed: () => {
          onEnd();
          listener.closed();
        },
      }),
  };
}
