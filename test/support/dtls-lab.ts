/** Both ends of our DTLS in the simulated network. */
import { connectDtls, type ConnectOptions } from "../../agent/dtls/client.ts";
import { listenDtls, type DtlsServer, type ListenOptions } from "../../agent/dtls/server.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import type { Address, Millis } from "../../agent/net/ports.ts";
import type { SimulatedHost } from "../../agent/net/simulated/host.ts";
import type { Link } from "../../agent/net/simulated/link.ts";
import { SimulatedNetwork } from "../../agent/net/simulated/network.ts";
import type { Packet } from "../../agent/net/simulated/packet.ts";
import type { Path } from "../../agent/net/simulated/path.ts";

export const SERVER_ADDRESS: Address = { family: 4, host: "198.51.100.1", port: 4646 };
export const IDENTITY = "branch";
export const KEY = new TextEncoder().encode("the key of the branch");

export interface DtlsLab {
  readonly network: SimulatedNetwork;
  readonly clientHost: SimulatedHost;
  readonly serverHost: SimulatedHost;
  /** a is the client, b the server. */
  readonly link: Link;
  readonly server: DtlsServer;
  /** Sessions in the order in which the server got them; each sends back what it gets. */
  readonly sessions: readonly DtlsSession[];
  /** What the server was told by each session, "opened" first. */
  readonly log: readonly string[];
  connect(options?: Partial<ConnectOptions>): Promise<DtlsSession>;
}

/** A client and a server, joined by a path with 20 ms each way unless told otherwise. */
export async function dtlsLab(
  seed: number,
  options: { readonly path?: Partial<Path>; readonly server?: Partial<ListenOptions> } = {},
): Promise<DtlsLab> {
  const network = new SimulatedNetwork({ seed, path: { delayMs: 20, ...options.path } });
  const clientHost = network.host(["192.0.2.7"]);
  const serverHost = network.host([SERVER_ADDRESS.host]);
  const link = network.link(clientHost, serverHost);
  const sessions: DtlsSession[] = [];
  const log: string[] = [];
  const server = await listenDtls(serverHost, {
    local: SERVER_ADDRESS,
    credentials: { pskOf: (identity) => (identity === IDENTITY ? KEY : undefined) },
    onSession(session) {
      sessions.push(session);
      log.push("opened");
      session.listen({
        message: (data) => session.send(data),
        closed: (reason) => log.push(reason.message),
      });
    },
    onRefused: (_from, identity) => log.push(`refused ${identity}`),
    ...options.server,
  });
  const connect = (given: Partial<ConnectOptions> = {}): Promise<DtlsSession> => {
    const credentials = { type: "psk", identity: IDENTITY, key: KEY } as const;
    const settings = { to: SERVER_ADDRESS, credentials, timeoutMs: 30_000, ...given };
    return network.settle(connectDtls(clientHost, settings), 60_000);
  };
  return { network, clientHost, serverHost, link, server, sessions, log, connect };
}

/** What a packet of the trace carries. */
export function octetsOf(packet: Packet): Uint8Array {
  return packet.body.tag === "udp" ? packet.body.data : new Uint8Array();
}

/** Sends text and gives what comes back within `limit` of virtual time. */
export async function echo(
  lab: DtlsLab,
  session: DtlsSession,
  text: string,
  limit: Millis = 1000,
): Promise<string | undefined> {
  let heard: string | undefined;
  session.listen({
    message: (data) => {
      heard = new TextDecoder().decode(data);
    },
    closed: () => {},
  });
  session.send(new TextEncoder().encode(text));
  await lab.network.run({ until: () => heard !== undefined, limit });
  return heard;
}
