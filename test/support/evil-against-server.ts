/** Our server, as a provider has it, meets an evil client in the simulated network. */
import { connectDtls } from "../../agent/dtls/client.ts";
import type { ClientContext } from "../../agent/dtls/client-handshake.ts";
import { credentialName } from "../../agent/dtls/client-identity.ts";
import { clientExchanges, negotiable } from "../../agent/dtls/negotiable.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { decodeStoredSession, MemorySessionStore } from "../../agent/dtls/stored-session.ts";
import { dtlsLab, SERVER_ADDRESS, type DtlsLab } from "./dtls-lab.ts";
import { EvilClient } from "./evil-client.ts";
import { credentialsOf, LIFETIME, optionsOf, type Family } from "./evil-families.ts";
import { HONEST, type EvilPeer, type Plot } from "./evil-peer.ts";
import { A_WHILE, DATA, heardBy, LONG, type Verdict } from "./evil-verdict.ts";

const STORE = "the server";

/** An evil client meets a true server. */
export async function againstServer(
  family: Family,
  plot: Plot,
  afterwards: (peer: EvilPeer) => void = () => {},
): Promise<Verdict> {
  const refusals: string[] = [];
  const delivered: string[] = [];
  const sessions: DtlsSession[] = [];
  const lab = await dtlsLab(1, {
    server: {
      ...optionsOf(family),
      onRefused: (_from, _identity, reason) => refusals.push(reason),
      onSession(session) {
        sessions.push(session);
        const message = (data: Uint8Array): void => {
          delivered.push(new TextDecoder().decode(data));
          session.send(data);
        };
        session.listen({ message, closed: () => {} });
      },
    },
  });
  const resume = family.resumed === undefined ? undefined : await earlier(lab, family);
  const known = sessions.length;
  const credentials = plot.credentials ?? credentialsOf(family);
  const context = clientContext(lab, family, { resume, credentials });
  const send = (data: Uint8Array): void => socket.send(data, SERVER_ADDRESS);
  const client: EvilClient = new EvilClient(context, plot, send);
  const socket = await lab.clientHost.datagrams.bind(
    { family: 4 },
    { message: (data) => client.receive(data), error: () => {} },
  );
  client.start();
  await lab.network.run({ for: A_WHILE });
  afterwards(client);
  client.sayData(DATA);
  await lab.network.run({ for: LONG });
  lab.server.close();
  socket.close();
  await lab.network.run({ for: A_WHILE });
  const session = sessions[known];
  return {
    established: session !== undefined,
    resumed: session?.security.resumed === true,
    reason: refusals.join("; "),
    delivered,
    ...heardBy(client),
    pending: lab.network.pending,
  };
}

/** What a true server delivers when a client begins anew at its address, and then speaks under its old keys. */
export async function heardUnderOldKeys(family: Family): Promise<readonly string[]> {
  const delivered: string[] = [];
  const onSession = (session: DtlsSession): void => {
    const message = (data: Uint8Array): void => void delivered.push(new TextDecoder().decode(data));
    session.listen({ message, closed: () => {} });
  };
  const lab = await dtlsLab(1, { server: { ...optionsOf(family), onSession } });
  const context = clientContext(lab, family, {
    resume: undefined,
    credentials: credentialsOf(family),
  });
  let heard: EvilClient | undefined;
  const socket = await lab.clientHost.datagrams.bind(
    { family: 4 },
    { message: (data) => heard?.receive(data), error: () => {} },
  );
  const begin = async (): Promise<EvilClient> => {
    heard = new EvilClient(context, HONEST, (data) => socket.send(data, SERVER_ADDRESS));
    heard.start();
    await lab.network.run({ for: A_WHILE });
    return heard;
  };
  const old = await begin();
  old.sayData("old keys");
  const fresh = await begin();
  old.sayData("old keys, too late");
  fresh.sayData("new keys");
  await lab.network.run({ for: A_WHILE });
  return delivered;
}

/** A session with the lab's server, over by now, that the evil client may go on with. */
async function earlier(lab: DtlsLab, family: Family): Promise<ClientContext["resume"]> {
  const store = new MemorySessionStore();
  const { suites } = optionsOf(family);
  const credentials = credentialsOf(family);
  const resumption = { store, server: STORE };
  const options = { to: SERVER_ADDRESS, credentials, suites, timeoutMs: LONG, resumption };
  const session = await lab.network.settle(connectDtls(lab.clientHost, options), LONG);
  session.close();
  const pause = family.resumed === "by ticket, renewed" ? LIFETIME / 2 : 0;
  await lab.network.run({ for: A_WHILE + pause });
  const octets = store.load(STORE);
  return octets && decodeStoredSession(octets);
}

function clientContext(
  lab: DtlsLab,
  family: Family,
  { resume, credentials }: Pick<ClientContext, "resume" | "credentials">,
): ClientContext {
  const { suites, connectionId } = optionsOf(family);
  return {
    ...negotiable({ suites }, clientExchanges(credentials)),
    random: lab.clientHost.random,
    wallTime: () => lab.clientHost.clock.wallTime(),
    connectionId: connectionId ? new Uint8Array() : undefined,
    credentials,
    host: undefined,
    resume,
    credentialName: family.tickets === false ? undefined : credentialName(credentials),
    falseStart: false,
  };
}
