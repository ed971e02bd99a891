/** Our DTLS, both roles, against OpenSSL and GnuTLS in every suite that both sides have. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test, type TestContext } from "node:test";
import { connectDtls } from "../../agent/dtls/client.ts";
import { listenDtls, type DtlsServer } from "../../agent/dtls/server.ts";
import type { DtlsSession } from "../../agent/dtls/session.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";
import { peer } from "../support/peers.ts";
import { freeUdpPort, run, type Program } from "../support/program.ts";

const IDENTITY = "branch";
const KEY = new TextEncoder().encode("a key of the branch");
const WRONG_KEY = new TextEncoder().encode("not the key of the branch");
const world = nodeWorld();
const loopback = (port: number) => ({ family: 4, host: "127.0.0.1", port }) as const;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const scratch = mkdtempSync(join(tmpdir(), "mayday-interop-"));
after(() => rmSync(scratch, { recursive: true }));

/** One peer's way to be a server or a client with one suite. */
interface Peer {
  readonly name: string;
  /** By our suite's registered name: what the peer calls it. */
  readonly suites: Readonly<Record<string, string>>;
  readonly server: { readonly path: string; readonly skip: string | false };
  readonly client: { readonly path: string; readonly skip: string | false };
  serve(t: TestContext, port: number, suite: string, hint: string | undefined): Promise<Program>;
  connect(t: TestContext, port: number, suite: string, key: Uint8Array): Program;
}

const openssl = peer("openssl");
const opensslPeer: Peer = {
  name: "OpenSSL",
  suites: {
    TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-PSK-CHACHA20-POLY1305",
    TLS_PSK_WITH_AES_128_GCM_SHA256: "PSK-AES128-GCM-SHA256",
    TLS_PSK_WITH_AES_256_GCM_SHA384: "PSK-AES256-GCM-SHA384",
    TLS_PSK_WITH_AES_128_CCM_8: "PSK-AES128-CCM8",
  },
  server: openssl,
  client: openssl,
  async serve(t, port, suite, hint) {
    const program = run(t, openssl.path, [
      ..."s_server -dtls1_2 -nocert -listen -accept".split(" "),
      `127.0.0.1:${port}`,
      "-psk_identity",
      IDENTITY,
      "-psk",
      hex(KEY),
      "-cipher",
      suite,
      ...(hint === undefined ? [] : ["-psk_hint", hint]),
    ]);
    await program.until(/ACCEPT/);
    return program;
  },
  connect: (t, port, suite, key) =>
    run(t, openssl.path, [
      ..."s_client -dtls1_2 -connect".split(" "),
      `127.0.0.1:${port}`,
      "-psk_identity",
      IDENTITY,
      "-psk",
      hex(key),
      "-cipher",
      suite,
    ]),
};

const gnutlsServer = peer("gnutls-serv");
const gnutlsClient = peer("gnutls-cli");
const gnutlsPriority = (suite: string): string =>
  `NONE:+VERS-DTLS1.2:+AEAD:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:${suite}`;
const gnutlsPeer: Peer = {
  name: "GnuTLS",
  suites: {
    TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256: "+ECDHE-PSK:+CHACHA20-POLY1305",
    TLS_PSK_WITH_AES_128_GCM_SHA256: "+PSK:+AES-128-GCM",
    TLS_PSK_WITH_AES_256_GCM_SHA384: "+PSK:+AES-256-GCM",
    TLS_PSK_WITH_AES_128_CCM_8: "+PSK:+AES-128-CCM-8",
  },
  server: gnutlsServer,
  client: gnutlsClient,
  async serve(t, port, suite, hint) {
    const passwords = join(scratch, `passwords-${port}`);
    writeFileSync(passwords, `${IDENTITY}:${hex(KEY)}\n`);
    const program = run(t, gnutlsServer.path, [
      "--udp",
      "--port",
      String(port),
      "--pskpasswd",
      passwords,
      "--priority",
      gnutlsPriority(suite),
      ...(hint === undefined ? [] : ["--pskhint", hint]),
    ]);
    await program.until(/port \d+\.\.\.done/);
    return program;
  },
  connect: (t, port, suite, key) =>
    run(t, gnutlsClient.path, [
      "--udp",
      "--port",
      String(port),
      "--priority",
      gnutlsPriority(suite),
      "--pskusername",
      IDENTITY,
      "--pskkey",
      hex(key),
      "127.0.0.1",
    ]),
};

/** The next message of a session, as text. */
function nextMessage(session: DtlsSession): Promise<string> {
  return new Promise((resolve, reject) => {
    session.listen({
      message: (data) => resolve(new TextDecoder().decode(data)),
      closed: reject,
    });
  });
}

/** Our server, which sends back what comes; `established` is its first session. */
async function serveEcho(
  t: TestContext,
  suite: string,
): Promise<{ server: DtlsServer; established: Promise<DtlsSession> }> {
  let onSession: (session: DtlsSession) => void = () => {};
  const established = new Promise<DtlsSession>((resolve) => {
    onSession = (session) => {
      session.listen({
        message: (data) =>
          session.send(new TextEncoder().encode(`echo ${new TextDecoder().decode(data)}`)),
        closed: () => {},
      });
      resolve(session);
    };
  });
  const server = await listenDtls(world, {
    local: loopback(0),
    suites: [suite],
    credentials: { pskOf: (identity) => (identity === IDENTITY ? KEY : undefined) },
    onSession,
  });
  t.after(() => server.close());
  return { server, established };
}

for (const other of [opensslPeer, gnutlsPeer]) {
  for (const [suite, theirName] of Object.entries(other.suites)) {
    describe(`${other.name} ${suite}`, () => {
      for (const hint of [undefined, "mayday"]) {
        test(
          `their server, ${hint === undefined ? "no hint" : "with a hint"}: data both ways`,
          { skip: other.server.skip },
          async (t) => {
            const port = await freeUdpPort();
            const program = await other.serve(t, port, theirName, hint);
            const credentials = { type: "psk", identity: IDENTITY, key: KEY } as const;
            const options = { to: loopback(port), suites: [suite], credentials, timeoutMs: 8000 };
            const session = await connectDtls(world, options);
            t.after(() => session.close());
            assert.equal(session.security.cipher, suite);
            session.send(new TextEncoder().encode("from mayday\n"));
            // gnutls-serv answers with a page of its own, s_server with what is typed.
            if (other === opensslPeer) {
              await program.until(/from mayday/);
              program.write("from the peer\n");
              assert.equal(await nextMessage(session), "from the peer\n");
            } else {
              assert.match(await nextMessage(session), /\S/);
            }
          },
        );
      }

      // Both drop a proof that fails without a word, which [RFC 6347 §4.1.2.7] allows.
      test("their server refuses a wrong key", { skip: other.server.skip }, async (t) => {
        const port = await freeUdpPort();
        await other.serve(t, port, theirName, undefined);
        const credentials = { type: "psk", identity: IDENTITY, key: WRONG_KEY } as const;
        const options = { to: loopback(port), suites: [suite], credentials, timeoutMs: 2500 };
        await assert.rejects(connectDtls(world, options), {
          name: "DtlsError",
          code: "dtls/proof-unanswered",
        });
      });

      test("their client: data both ways", { skip: other.client.skip }, async (t) => {
        const { server, established } = await serveEcho(t, suite);
        const program = other.connect(t, server.local.port, theirName, KEY);
        const session = await established;
        assert.equal(session.security.cipher, suite);
        if (other === gnutlsPeer && suite.startsWith("TLS_ECDHE_PSK")) {
          // gnutls-cli 3.7.9 crashes when it prints an ECDHE-PSK session, with its own server too: that
          // its Finished was verified is all there is to see.
          assert.equal(await program.exit(), -1);
          return;
        }
        program.write("from the peer\n");
        await program.until(/echo from the peer/);
      });

      test("their client with a wrong key is refused", { skip: other.client.skip }, async (t) => {
        const { server } = await serveEcho(t, suite);
        const program = other.connect(t, server.local.port, theirName, WRONG_KEY);
        await program.until(/decrypt|alert|error/i);
        assert.equal(server.statistics.sessions, 0);
        assert.equal(server.statistics.refused, 1);
      });
    });
  }
}

test(
  "OpenSSL's client may not renegotiate; its session is the only one",
  { skip: openssl.skip },
  async (t) => {
    const { server, established } = await serveEcho(t, "TLS_PSK_WITH_AES_128_GCM_SHA256");
    const program = opensslPeer.connect(t, server.local.port, "PSK-AES128-GCM-SHA256", KEY);
    await established;
    program.write("before\n");
    await program.until(/echo before/);
    program.write("R\n"); // s_client's command for a new handshake
    await program.until(/no renegotiation/i);
    assert.equal(server.statistics.handshakes, 1);
    assert.equal(server.statistics.sessions, 1);
  },
);
