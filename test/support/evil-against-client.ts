/** Our client, as an application has it, meets an evil server in the simulated network. */
import { serverContext, type ListenOptions } from "../../agent/dtls/listen-options.ts";
import type { ServerContext } from "../../agent/dtls/server-handshake.ts";
import { DtlsError, type DtlsSession } from "../../agent/dtls/session.ts";
import { SessionTickets } from "../../agent/dtls/session-tickets.ts";
import { MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import type { DatagramSocket } from "../../agent/net/ports.ts";
import { dtlsLab, SERVER_ADDRESS, type DtlsLab } from "./dtls-lab.ts";
import { credentialsOf, LIFETIME, optionsOf, type Family } from "./evil-families.ts";
import { HONEST, type EvilPeer, type Plot } from "./evil-peer.ts";
import { EvilServer } from "./evil-server.ts";
import { A_WHILE, DATA, heardBy, LONG, type Verdict } from "./evil-verdict.ts";
import { seeded } from "./seeded.ts";

const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const STORE = "the server";

/** A true client meets an evil server. */
export async function againstClient(
  family: Family,
  plot: Plot,
  afterwards: (peer: EvilPeer) => void = () => {},
): Promise<Verdict> {
  const lab = await dtlsLab(1);
  lab.server.close();
  const context = evilContext(lab, family);
  let peer: EvilServer | undefined;
  let next = (send: (data: Uint8Array) => void): EvilServer =>
    new EvilServer(context.full, HONEST, send);
  const socket: DatagramSocket = await lab.serverHost.datagrams.bind(
    { local: SERVER_ADDRESS },
    {
      message: (data, from) => {
        peer ??= next((out) => socket.send(out, from));
        peer.receive(data);
      },
      error: () => {},
    },
  );
  const store = new MemorySessionStore();
  if (family.resumed !== undefined) {
    const first = await meet(lab, family, store);
    first.session?.close();
    await lab.network.run({ for: A_WHILE });
    peer = undefined;
  }
  next = (send) => new EvilServer(context.later(), plot, send);
  const { session, error, delivered } = await meet(lab, family, store);
  if (peer) afterwards(peer);
  session?.send(new TextEncoder().encode(DATA));
  if (session) peer?.sayData(DATA);
  await lab.network.run({ for: LONG });
  session?.close();
  await lab.network.run({ for: A_WHILE });
  socket.close();
  return {
    established: session !== undefined,
    resumed: session?.security.resumed === true,
    reason: error?.message ?? "",
    delivered,
    ...heardBy(peer),
    pending: lab.network.pending,
  };
}

async function meet(
  lab: DtlsLab,
  family: Family,
  store: MemorySessionStore,
): Promise<{ session?: DtlsSession; error?: DtlsError; delivered: string[] }> {
  const delivered: string[] = [];
  const { suites, connectionId } = optionsOf(family);
  const resumption = family.tickets === false ? {} : { resumption: { store, server: STORE } };
  const credentials = credentialsOf(family);
  try {
    const given = { credentials, suites, connectionId, timeoutMs: 20_000, ...resumption };
    const session = await lab.connect(given);
    session.listen({
      message: (data) => delivered.push(new TextDecoder().decode(data)),
      closed: () => {},
    });
    return { session, delivered };
  } catch (error) {
    if (!(error instanceof DtlsError)) throw error;
    return { error, delivered };
  }
}

/** The evil server's context: for a first handshake, and for the one that matters. */
function evilContext(
  lab: DtlsLab,
  family: Family,
): { readonly full: ServerContext; later(): ServerContext } {
  let nowMs = 0;
  const options: ListenOptions = { ...optionsOf(family), local: SERVER_ADDRESS, onSession() {} };
  const context = serverContext(lab.serverHost, options);
  const tickets = context.tickets && new SessionTickets({ now: () => nowMs }, seeded(3), LIFETIME);
  const full = { ...context, tickets, connectionId: family.ids === true ? ID : undefined };
  return {
    full,
    later() {
      if (family.resumed === "by ticket, renewed") nowMs = LIFETIME / 2 + 1;
      return full;
    },
  };
}
