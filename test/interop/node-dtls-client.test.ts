/** node-dtls-client, a DTLS implementation that shares no code with ours, on our server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test, type TestContext } from "node:test";
import { dtls } from "node-dtls-client";
import { listenDtls } from "../../agent/dtls/server.ts";
import { nodeWorld } from "../../agent/net/node/world.ts";

const KEY = "a key of the branch";

async function serve(t: TestContext): Promise<{ port: number; sessions: string[] }> {
  const sessions: string[] = [];
  const server = await listenDtls(nodeWorld(), {
    local: { family: 4, host: "127.0.0.1", port: 0 },
    credentials: {
      pskOf: (identity) => (identity === "branch" ? new TextEncoder().encode(KEY) : undefined),
    },
    onSession: (session) => {
      sessions.push(session.security.cipher);
      session.listen({ message: (data) => session.send(data), closed: () => {} });
    },
    onRefused: (_from, identity) => sessions.push(`refused ${identity}`),
  });
  t.after(() => server.close());
  return { port: server.local.port, sessions };
}

describe("node-dtls-client", () => {
  for (const suite of ["TLS_PSK_WITH_AES_128_GCM_SHA256", "TLS_PSK_WITH_AES_128_CCM_8"] as const) {
    test(`${suite}: data both ways`, async (t) => {
      const { port, sessions } = await serve(t);
      const socket = dtls.createSocket({
        type: "udp4",
        address: "127.0.0.1",
        port,
        psk: { branch: KEY },
        ciphers: [suite],
      });
      t.after(() => socket.close());
      await once(socket, "connected");
      socket.send(Buffer.from("hello"));
      const [echoed] = (await once(socket, "message")) as [Buffer];
      assert.equal(echoed.toString(), "hello");
      assert.deepEqual(sessions, [suite]);
    });
  }

  test("a wrong key is refused", async (t) => {
    const { port, sessions } = await serve(t);
    const socket = dtls.createSocket({
      type: "udp4",
      address: "127.0.0.1",
      port,
      psk: { branch: "another key" },
      timeout: 2000,
    });
    const [error] = (await once(socket, "error")) as [Error];
    assert.ok(error instanceof Error);
    assert.deepEqual(sessions, ["refused branch"]);
  });
});
