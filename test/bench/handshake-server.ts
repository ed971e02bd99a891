/** The server of the benchmark `handshake`, in a process of its own; tells by IPC what of a core it took. */
import process from "node:process";
import { listenDtls } from "../../agent/dtls/server.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";
import { serverCertificatesIn } from "../support/lab-credentials.ts";
import { type Begin, IDENTITY, KEY, type Ready, type Taken } from "./handshake-messages.ts";

async function serve({ files }: Begin): Promise<void> {
  const psk = new TextEncoder().encode(KEY);
  const server = await listenDtls(nodeWorld(), {
    local: { family: 4, host: "127.0.0.1", port: 0 },
    credentials: {
      pskOf: (identity) => (identity === IDENTITY ? psk : undefined),
      certificates: serverCertificatesIn(files),
    },
    onSession: (session) => session.listen({ message: () => {}, closed: () => {} }),
  });
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuUs: user + system } satisfies Taken);
  });
  process.on("disconnect", () => server.close());
  process.send?.({ port: server.local.port } satisfies Ready);
}

process.once("message", (begin: Begin) => void serve(begin));
