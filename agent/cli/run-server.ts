import { fixedDirectory } from "../dots/server/clients.ts";
import type { Log } from "../dots/server/log.ts";
import { DotsServer } from "../dots/server/server.ts";
import { listenDtls } from "../dtls/server.ts";
import type { DtlsServer } from "../dtls/server.ts";
import { formatAddress } from "../net/ports.ts";
import type { Address, World } from "../net/ports.ts";
import { MemoryMitigationStore } from "../store/memory-mitigation-store.ts";
import { StoreError } from "../store/mitigation-store.ts";
import type { MitigationStore } from "../store/mitigation-store.ts";
import { SqliteMitigationStore } from "../store/sqlite/sqlite-mitigation-store.ts";
import { CliError, EXIT } from "./exit.ts";
import type { ServerConfig } from "./server-config.ts";

/** A server whose listeners are bound. */
export interface RunningServer {
  readonly udp: Address;
  /** Says goodbye to every client, keeps what is to be kept, releases everything. */
  close(): Promise<void>;
}

/**
 * Builds a server from its configuration and binds it.
 * @throws {CliError} its state cannot be used; {NetError} its address cannot be bound.
 */
export async function runServer(
  config: ServerConfig,
  world: World,
  log: Log,
): Promise<RunningServer> {
  const store = openStore(config);
  try {
    const server = makeServer(config, world, log, store);
    const dtls = await listen(config, world, log, server).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
    return {
      udp: dtls.local,
      close: async () => {
        await server.close();
        dtls.close();
        store.close();
      },
    };
  } catch (error) {
    store.close();
    throw storeFault(error);
  }
}

function makeServer(
  config: ServerConfig,
  world: World,
  log: Log,
  store: MitigationStore,
): DotsServer {
  const { clock, random } = world;
  const { plugin, options } = config.mitigator;
  return new DotsServer({
    clock,
    random,
    log,
    store,
    policy: config.policy,
    clients: fixedDirectory(config.clients.map(({ identity, client }) => [identity, client])),
    mitigator: plugin.create(options, { clock, random, log }),
  });
}

function listen(
  config: ServerConfig,
  world: World,
  log: Log,
  server: DotsServer,
): Promise<DtlsServer> {
  const keys = new Map(config.clients.map(({ identity, key }) => [identity.identity, key]));
  return listenDtls(world, {
    local: config.udp,
    credentials: { pskOf: (identity) => keys.get(identity) },
    onSession: (session) => {
      const { cipher } = session.security;
      const { identity } = session.identity;
      log.info({ identity, from: formatAddress(session.peer), cipher }, "handshake done");
      server.accept(session, session.identity);
    },
    onRefused: (from, identity) =>
      log.warn({ from: formatAddress(from), identity }, "handshake refused: identity or key"),
  });
}

function openStore({ statePath }: ServerConfig): MitigationStore {
  if (statePath === undefined) return new MemoryMitigationStore();
  try {
    return new SqliteMitigationStore(statePath);
  } catch (error) {
    throw storeFault(error);
  }
}

function storeFault(error: unknown): unknown {
  if (!(error instanceof StoreError)) return error;
  const { code, message } = error;
  return new CliError({ exit: EXIT.fault, code, message, cause: error });
}
