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
import { splitDatagram, type DtlsRecord } from "../../agent/wire/dtls/record.ts";
import { pskClient, pskServer } from "./dtls-credentials.ts";

export const SERVER_ADDRESS: Address = { family: 4, host: "198.51.100.1", port: 4646 };
/** Octets of a connection id that our server gives out. */
const CONNECTION_ID = 8;

export { IDENTITY, KEY } from "./dtls-credentials.ts";

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
  /** From the client's host unless told. */
  connect(options?: Partial<ConnectOptions>, host?: SimulatedHost): Promise<DtlsSession>;
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
    credentials: pskServer,
    onSession(session) {
      sessions.push(session);
      log.push("opened");
      session.listen({
        message: (data) => session.send(data),
        closed: (reason) => log.push(reason.message),
        moved: (peer) => log.push(`moved to ${peer.port}`),
      });
    },
    onRefused: (_from, identity) => log.push(`refused ${identity}`),
    onFault(error) {
      throw error; // out of the network, so that the test that met it fails
    },
    ...options.server,
  });
  const connect: DtlsLab["connect"] = (given = {}, host = clientHost) => {
    const settings = {
      to: SERVER_ADDRESS,
      credentials: pskClient,
      timeoutMs: 30_000,
      ...given,
    };
    return network.settle(connectDtls(host, settings), 60_000);
  };
  return { network, clientHost, serverHost, link, server, sessions, log, connect };
}

/** The records that a packet of the trace carries; connection ids have as many octets as our server gives them. */
export function recordsOf(packet: Packet): readonly DtlsRecord[] {
  return splitDatagram(octetsOf(packet), CONNECTION_ID).records;
}

/** Has `take` see every datagram that arrives, in order. */
export function onArrival(lab: DtlsLab, take: (packet: Packet) => void): void {
  lab.network.trace = ({ packet, fate }) => {
    if (fate === "delivered") take(packet);
  };
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
