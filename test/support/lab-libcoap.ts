/** libcoap's example programs, built on OpenSSL and on GnuTLS, as DTLS peers: what is said is CoAP. */
import assert from "node:assert/strict";
import { Code } from "../../agent/wire/coap/code.ts";
import { decodeCoapMessage, encodeCoapMessage } from "../../agent/wire/coap/codec.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { CLIENT_NAME, SERVER_NAME } from "./lab-credentials.ts";
import { peer } from "./peers.ts";
import { freeUdpPort, run, type Program } from "./program.ts";
import {
  type Combination,
  gnutlsPeer,
  opensslPeer,
  type PeerFiles,
  PSK,
  PSK_IDENTITY,
  type TlsPeer,
} from "./tls-peers.ts";

const NOTHING = new Uint8Array();
const KEY = new TextDecoder().decode(PSK);

/** A build of libcoap. Its programs take no list of suites: they have what their library has by default. */
export function libcoapPeer(build: "openssl" | "gnutls"): (files: PeerFiles) => TlsPeer {
  return (files) => {
    const client = peer(`coap-client-${build}`);
    const server = peer(`coap-server-${build}`);
    const library = build === "openssl" ? opensslPeer(files) : gnutlsPeer(files);
    const own = (
      { credential, stranger = false }: Combination,
      name: typeof SERVER_NAME | typeof CLIENT_NAME,
    ): string[] => {
      if (credential === "psk" || credential === "raw-public-key") return ["-k", KEY];
      const { ca, cert, key } = files.of(name, credential, stranger && name === CLIENT_NAME);
      return ["-c", cert, "-j", key, "-C", ca];
    };
    const start: TlsPeer["connect"] = (owner, port, what) =>
      run(owner, client.path, [
        ...own(what, CLIENT_NAME),
        ...(what.credential === "psk" ? ["-u", PSK_IDENTITY] : []),
        "-v",
        "7",
        "-B",
        "6",
        `coaps://127.0.0.1:${port}/`,
      ]);
    return {
      name: `libcoap on ${library.name}`,
      server,
      client,
      has: (suite) => library.has(suite),
      async serve(owner, what) {
        const port = await freeUdpPort();
        const program = run(owner, server.path, [
          ...own(what, SERVER_NAME),
          "-A",
          "127.0.0.1",
          "-p",
          String(port),
          "-v",
          "7",
        ]);
        // DTLS is at the port after the one that it is told.
        await program.until(new RegExp(`created DTLS endpoint 127\\.0\\.0\\.1:${port + 1}`));
        return { port: port + 1, program };
      },
      converse,
      answer,
      connect: start,
      async connectTwice(owner, port, what) {
        const program: Program = start(owner, port, what);
        await program.until(/c:2\.05/);
      },
    };
  };
}

/** Asks for the root, which every server of theirs has. */
async function converse(session: DtlsSession): Promise<void> {
  const answered = new Promise<Uint8Array>((resolve, reject) => {
    session.listen({ message: resolve, closed: reject });
  });
  const head = { messageId: 1, token: Uint8Array.of(1), options: [], payload: NOTHING };
  session.send(encodeCoapMessage({ type: "con", code: Code.GET, ...head }));
  assert.equal(decodeCoapMessage(await answered).code, Code.Content);
}

function answer(data: Uint8Array): Uint8Array {
  const { messageId, token } = decodeCoapMessage(data);
  const code = Code.Content;
  return encodeCoapMessage({ type: "ack", code, messageId, token, options: [], payload: NOTHING });
}
