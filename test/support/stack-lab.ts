/** The whole stack, DOTS client to DOTS server, in the simulated network. */
import { createHash } from "node:crypto";
import { fixedDirectory } from "../../agent/dots/server/clients.ts";
import type { Log } from "../../agent/dots/server/log.ts";
import { DEFAULT_POLICY, type ServerPolicy } from "../../agent/dots/server/policy.ts";
import { parsePrefix } from "../../agent/dots/signal/prefix.ts";
import { DotsServer } from "../../agent/dots/server/server.ts";
import { DotsClient, type DotsClientOptions } from "../../agent/dots/client/client.ts";
import { cuidFromPskIdentity } from "../../agent/dots/signal/cuid.ts";
import { connectDtls } from "../../agent/dtls/client.ts";
import { listenDtls, type DtlsServer } from "../../agent/dtls/server.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import type { Address, Millis } from "../../agent/net/ports.ts";
import type { SimulatedHost } from "../../agent/net/simulated/host.ts";
import type { Link } from "../../agent/net/simulated/link.ts";
import { SimulatedNetwork } from "../../agent/net/simulated/network.ts";
import type { Path } from "../../agent/net/simulated/path.ts";
import { MemoryMitigationStore } from "../../agent/store/memory-mitigation-store.ts";
import { findMitigator } from "../../plugins/mitigators.ts";

const SERVER: Address = { family: 4, host: "198.51.100.1", port: 4646 };
const IDENTITY = "branch";
const KEY = new TextEncoder().encode("the key of the branch");
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The provider's side and a customer's host, joined by one link (a is the customer). */
export interface StackLab {
  readonly network: SimulatedNetwork;
  readonly clientHost: SimulatedHost;
  readonly link: Link;
  readonly dtls: DtlsServer;
  readonly server: DotsServer;
  /** Sets a DTLS session up, with nothing on it yet; must be awaited while the network runs. */
  connectDtls(timeoutMs: Millis): Promise<DtlsSession>;
  /** Sets a session up; must be awaited while the network runs. */
  connect(timeoutMs: Millis, options?: Partial<DotsClientOptions>): Promise<DotsClient>;
}

/** Serves one client, `branch`, with 203.0.113.0/28, by the simulated mitigator. */
export async function stackLab(
  seed: number,
  options: { readonly path?: Partial<Path>; readonly policy?: Partial<ServerPolicy> } = {},
): Promise<StackLab> {
  const network = new SimulatedNetwork({ seed, path: { delayMs: 20, ...options.path } });
  const clientHost = network.host(["192.0.2.7"]);
  const serverHost = network.host([SERVER.host]);
  const link = network.link(clientHost, serverHost);
  const plugin = findMitigator("simulated");
  const prefix = parsePrefix("203.0.113.0/28");
  if (!plugin || typeof prefix === "string") throw new Error("the lab's own parts are missing");
  const { clock, random } = serverHost;
  const identity = { type: "psk", identity: IDENTITY } as const;
  const client = { name: IDENTITY, prefixes: [prefix], names: ["www.example.com"] };
  const server = new DotsServer({
    clock,
    random,
    log: SILENT,
    store: new MemoryMitigationStore(),
    policy: { ...DEFAULT_POLICY, ...options.policy },
    clients: fixedDirectory([[identity, client]]),
    mitigator: plugin.create({}, { clock, random, log: SILENT }),
  });
  const dtls = await listenDtls(serverHost, {
    local: SERVER,
    credentials: { pskOf: (name) => (name === IDENTITY ? KEY : undefined) },
    onSession: (session) => server.accept(session, session.identity),
  });
  const connectHere: StackLab["connectDtls"] = (timeoutMs) => {
    const credentials = { type: "psk", identity: IDENTITY, key: KEY } as const;
    return connectDtls(clientHost, { to: SERVER, credentials, timeoutMs });
  };
  const connect: StackLab["connect"] = async (timeoutMs, clientOptions = {}) => {
    const session = await connectHere(timeoutMs);
    const cuid = cuidFromPskIdentity(IDENTITY, (data) =>
      createHash("sha256").update(data).digest(),
    );
    return new DotsClient(clientHost, session, { cuid, ...clientOptions });
  };
  return { network, clientHost, link, dtls, server, connect, connectDtls: connectHere };
}
