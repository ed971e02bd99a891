/** The whole stack, DOTS client to DOTS server, in the simulated network. */
import { createHash } from "node:crypto";
import { fixedDirectory } from "../../agent/dots/server/clients.ts";
import type { Log } from "../../agent/dots/server/log.ts";
import { DEFAULT_POLICY, type ServerPolicy } from "../../agent/dots/server/policy.ts";
import { parsePrefix } from "../../agent/dots/signal/prefix.ts";
import { DotsServer } from "../../agent/dots/server/server.ts";
import { DotsClient, type DotsClientOptions } from "../../agent/dots/client/client.ts";
import { cuidFromPskIdentity } from "../../agent/dots/signal/cuid.ts";
import { connectDtls, type ConnectOptions } from "../../agent/dtls/client.ts";
import { listenDtls, type DtlsServer } from "../../agent/dtls/server.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import type { Address, Millis } from "../../agent/net/ports.ts";
import type { SimulatedHost } from "../../agent/net/simulated/host.ts";
import type { Link } from "../../agent/net/simulated/link.ts";
import { SimulatedNetwork } from "../../agent/net/simulated/network.ts";
import type { Path } from "../../agent/net/simulated/path.ts";
import { MemoryMitigationStore } from "../../agent/store/memory-mitigation-store.ts";
import { findMitigator } from "../../plugins/mitigators.ts";
import { CLIENT_NAME, clients, IDENTITY, servers } from "./dtls-credentials.ts";

const SERVER: Address = { family: 4, host: "198.51.100.1", port: 4646 };
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The provider's side and a customer's host, joined by one link (a is the customer). */
export interface StackLab {
  readonly network: SimulatedNetwork;
  readonly clientHost: SimulatedHost;
  readonly link: Link;
  readonly dtls: DtlsServer;
  readonly server: DotsServer;
  /** When the mitigator was first told to filter, if it was. */
  readonly filteringSince: Millis | undefined;
  /** Sets a DTLS session up, with nothing on it yet; must be awaited while the network runs. */
  connectDtls(timeoutMs: Millis, options?: Partial<ConnectOptions>): Promise<DtlsSession>;
  /** A DOTS client on a session. */
  clientOn(session: DtlsSession, options?: Partial<DotsClientOptions>): DotsClient;
  /** Sets a session up; must be awaited while the network runs. */
  connect(timeoutMs: Millis, options?: Partial<DotsClientOptions>): Promise<DotsClient>;
}

/** What a lab is to be like. */
export interface StackLabOptions {
  readonly path?: Partial<Path>;
  readonly policy?: Partial<ServerPolicy>;
  /** By what the two ends know each other: a pre-shared key unless told. */
  readonly credentials?: "psk" | "certificate";
}

/** Serves one client, `branch`, with 203.0.113.0/28, by the simulated mitigator. */
export async function stackLab(seed: number, options: StackLabOptions = {}): Promise<StackLab> {
  const network = new SimulatedNetwork({ seed, path: { delayMs: 20, ...options.path } });
  const clientHost = network.host(["192.0.2.7"]);
  const serverHost = network.host([SERVER.host]);
  const link = network.link(clientHost, serverHost);
  const plugin = findMitigator("simulated");
  const prefix = parsePrefix("203.0.113.0/28");
  if (!plugin || typeof prefix === "string") throw new Error("the lab's own parts are missing");
  const { clock, random } = serverHost;
  const psk = { type: "psk", identity: IDENTITY } as const;
  const certificate = { type: "certificate", names: [CLIENT_NAME] } as const;
  const client = { name: IDENTITY, prefixes: [prefix], names: ["www.example.com"] };
  let filteringSince: Millis | undefined;
  const mitigator = plugin.create({}, { clock, random, log: SILENT });
  const server = new DotsServer({
    clock,
    random,
    log: SILENT,
    store: new MemoryMitigationStore(),
    policy: { ...DEFAULT_POLICY, ...options.policy },
    clients: fixedDirectory([
      [psk, client],
      [certificate, client],
    ]),
    mitigator: {
      start(order, report) {
        filteringSince ??= clock.now();
        mitigator.start(order, report);
      },
      update: (order) => mitigator.update(order),
      stop: (id) => mitigator.stop(id),
      close: () => mitigator.close(),
    },
  });
  const type = options.credentials ?? "psk";
  const dtls = await listenDtls(serverHost, {
    local: SERVER,
    credentials: servers[type],
    onSession: (session) => server.accept(session, session.identity),
  });
  const connectHere: StackLab["connectDtls"] = (timeoutMs, dtlsOptions = {}) => {
    const credentials = clients[type];
    return connectDtls(clientHost, { to: SERVER, credentials, timeoutMs, ...dtlsOptions });
  };
  const cuid = cuidFromPskIdentity(IDENTITY, (data) => createHash("sha256").update(data).digest());
  const clientOn: StackLab["clientOn"] = (session, clientOptions = {}) =>
    new DotsClient(clientHost, session, { cuid, ...clientOptions });
  return {
    network,
    clientHost,
    link,
    dtls,
    server,
    get filteringSince() {
      return filteringSince;
    },
    connectDtls: connectHere,
    clientOn,
    connect: async (timeoutMs, clientOptions) =>
      clientOn(await connectHere(timeoutMs), clientOptions),
  };
}
