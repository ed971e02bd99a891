import type { Log } from "../dots/server/log.ts";
import { DEFAULT_PORT } from "../dots/signal/default-port.ts";
import { NetError } from "../net/ports.ts";
import type { World } from "../net/ports.ts";
import { practiceProvider } from "./practice-provider.ts";
import { runServer } from "./run-server.ts";
import type { RunningServer } from "./run-server.ts";
import { loadServerConfig } from "./server-config.ts";
import type { ServerConfig } from "./server-config.ts";

/** What a client of a practice provider that runs needs to know. */
export interface HostedPractice {
  readonly server: { readonly host: string; readonly port: number };
  readonly identity: string;
  readonly key: Uint8Array;
  /** What help may be asked for. */
  readonly prefixes: readonly string[];
}

/** Never elsewhere: whoever practises shows nothing to the network. */
const HOST = "127.0.0.1";

const IN_USE = new Set(["net/address-in-use", "net/permission"]);

/** Runs the practice provider of a data directory in this process: the real server, on loopback. */
export class LocalPracticeHost {
  readonly #dataDir: string;
  readonly #world: World;
  readonly #log: Log;
  #running: { readonly server: RunningServer; readonly practice: HostedPractice } | undefined;
  /** Starts and ends come one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string, world: World, log: Log) {
    this.#dataDir = dataDir;
    this.#world = world;
    this.#log = log;
  }

  /**
   * Starts it: at `port` where clients know it, else at the usual port, else at a free one. When it runs already, says
   * what runs.
   * @throws {SetupError} its files; {StoreError} its state; {NetError} no port.
   */
  start(port: number | undefined): Promise<HostedPractice> {
    return this.#next(async () => {
      this.#running ??= await this.#run(port);
      return this.#running.practice;
    });
  }

  /** Ends it, keeping its state. Idempotent. */
  close(): Promise<void> {
    return this.#next(async () => {
      const running = this.#running;
      this.#running = undefined;
      await running?.server.close();
    });
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act, act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #run(
    port: number | undefined,
  ): Promise<{ readonly server: RunningServer; readonly practice: HostedPractice }> {
    const config = loadServerConfig(practiceProvider(this.#dataDir).configFile);
    const own = config.clients[0];
    if (own?.psk === undefined) throw new Error(`${config.path} names no client with a key`);
    const server = await this.#bind(config, [...new Set([port ?? DEFAULT_PORT, DEFAULT_PORT, 0])]);
    const practice: HostedPractice = {
      server: { host: HOST, port: server.udp.port },
      ...own.psk,
      prefixes: own.client.prefixes.map(({ text }) => text),
    };
    return { server, practice };
  }

  async #bind(config: ServerConfig, ports: readonly number[]): Promise<RunningServer> {
    const [port = 0, ...others] = ports;
    try {
      const here = { ...config, udp: { family: 4, host: HOST, port } } as const;
      return await runServer(here, this.#world, this.#log);
    } catch (error) {
      const taken = error instanceof NetError && IN_USE.has(error.code);
      if (!taken || others.length === 0) throw error;
      return this.#bind(config, others);
    }
  }
}
