import { fixedDirectory, identityText } from "../dots/server/clients.ts";
import type { Log } from "../dots/server/log.ts";
import { DotsServer } from "../dots/server/server.ts";
import { listenDtls } from "../dtls/server.ts";
import type { DtlsServer } from "../dtls/server.ts";
import type { DtlsSession } from "../dtls/session.ts";
import { formatAddress } from "../net/ports.ts";
import type { Address, World } from "../net/ports.ts";
import { MemoryMitigationStore } from "../store/memory-mitigation-store.ts";
import { StoreError } from "../store/mitigation-store.ts";
import type { MitigationStore } from "../store/mitigation-store.ts";
import { SqliteMitigationStore } from "../store/sqlite/sqlite-mitigation-store.ts";
import { configFault } from "../host/config-file.ts";
import type { KeyLogLine } from "../host/key-log-file.ts";
import type { ServerConfig } from "./server-config.ts";
import { identitiesOf, serverCredentials } from "./server-credentials.ts";

/** A server whose listeners are bound. */
export interface RunningServer {
  readonly udp: Address;
  /** Says goodbye to every client, keeps what is to be kept, releases everything. */
  close(): Promise<void>;
}

/**
 * Builds a server from its configuration. It binds first: one that cannot serve must not touch what another one,
 * which does, keeps.
 * @throws {SetupError} `config`: the path of its state cannot be used; {StoreError} its state cannot be used;
 * {NetError} its address cannot be bound.
 * @param keyLog takes the lines of a key log, if one is asked for
 */
export async function runServer(
  config: ServerConfig,
  world: World,
  log: Log,
  keyLog?: KeyLogLine,
): Promise<RunningServer> {
  const early: DtlsSession[] = []; // clients that are faster than the store
  let accept = (session: DtlsSession): void => void early.push(session);
  const dtls = await listen(config, world, log, (session) => accept(session), keyLog);
  try {
    const { server, store } = serveState(config, world, log);
    accept = (session) => server.accept(session, session.identity);
    for (const session of early) accept(session);
    return {
      udp: dtls.local,
      close: async () => {
        await server.close();
        dtls.close();
        store.close();
      },
    };
  } catch (error) {
    dtls.close();
    throw storeFault(error, config.path);
  }
}

/** Takes over the state. @throws {StoreError} it cannot be used; then nothing of it is held. */
function serveState(
  config: ServerConfig,
  { clock, random }: World,
  log: Log,
): { readonly server: DotsServer; readonly store: MitigationStore } {
  const { policy, statePath } = config;
  const { plugin, options } = config.mitigator;
  const clients = fixedDirectory(
    config.clients.flatMap((one) =>
      identitiesOf(one).map((identity) => [identity, one.client] as const),
    ),
  );
  const mitigator = plugin.create(options, { clock, random, log });
  const store =
    statePath === undefined ? new MemoryMitigationStore() : new SqliteMitigationStore(statePath);
  try {
    const server = new DotsServer({ clock, random, log, store, policy, clients, mitigator });
    return { server, store };
  } catch (error) {
    mitigator.close();
    store.close();
    throw error;
  }
}

function listen(
  config: ServerConfig,
  world: World,
  log: Log,
  onSession: (session: DtlsSession) => void,
  keyLog: KeyLogLine | undefined,
): Promise<DtlsServer> {
  const { connectionId, resumptionMs, maxDatagram } = config.dtls;
  return listenDtls(world, {
    local: config.udp,
    credentials: serverCredentials(config),
    connectionId,
    resumption: { tickets: resumptionMs > 0, lifetimeMs: resumptionMs },
    ...(maxDatagram === undefined ? {} : { parameters: { maxDatagram } }),
    ...(keyLog === undefined ? {} : { keyLog }),
    onSession: (session) => {
      const { version: _, ...security } = session.security;
      const identity = identityText(session.identity);
      const from = formatAddress(session.peer);
      log.info({ identity, from, ...security }, "handshake done");
      onSession(session);
    },
    onRefused: (from, identity, reason) => {
      const claimed = identity === "" ? {} : { identity };
      log.warn({ from: formatAddress(from), ...claimed, reason }, "handshake refused");
    },
    onFault: (error) =>
      log.error(
        { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        "internal fault",
      ),
  });
}

/** What is at the path that the file names is the operator's to mend; all else is the machine's. */
function storeFault(error: unknown, configPath: string): unknown {
  if (!(error instanceof StoreError)) return error;
  return isOfItsPath(error) ? configFault(configPath, [`state: ${error.message}`]) : error;
}

function isOfItsPath({ code, cause }: StoreError): boolean {
  // Without a cause it is this runtime that holds no database.
  if (code === "store/unavailable") return cause !== undefined;
  return code === "store/version" || code === "store/damaged";
}
