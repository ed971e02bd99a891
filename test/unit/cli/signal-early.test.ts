import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { signalCommand } from "../../../agent/cli/signal-command.ts";
import { listenDtls } from "../../../agent/dtls/server.ts";
import { nodeWorld } from "../../../agent/net/node/world.ts";
import type { Address } from "../../../agent/net/ports.ts";
import { Code } from "../../../agent/wire/coap/code.ts";
import { ScriptedPeer, withBody } from "../../support/scripted-peer.ts";

const LOOPBACK: Address = { family: 4, host: "127.0.0.1", port: 0 };
const KEY = "secret";

/** Passes a handshake on, but for the client's proof and all that comes after it. */
async function lossyFront(t: TestContext, server: Address): Promise<Address> {
  const front = createSocket("udp4");
  const back = createSocket("udp4");
  let client: { readonly address: string; readonly port: number } | undefined;
  let passed = 0;
  front.on("message", (data, from) => {
    client = from;
    passed += 1;
    if (passed <= 2) back.send(data, server.port, server.host); // ClientHello, without and with its cookie
  });
  back.on("message", (data) => {
    if (client !== undefined) front.send(data, client.port, client.address);
  });
  for (const socket of [front, back]) await bound(t, socket);
  return { ...LOOPBACK, port: front.address().port };
}

async function bound(t: TestContext, socket: Socket): Promise<void> {
  t.after(() => void socket.close());
  socket.bind(0, LOOPBACK.host);
  await once(socket, "listening");
}

test("a request that went along with a handshake which came to nothing is asked anew", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "mayday-early-"));
  t.after(() => rm(folder, { recursive: true }));
  const pskFile = join(folder, "branch.psk");
  writeFileSync(pskFile, KEY, { mode: 0o600 });
  const peers: ScriptedPeer[] = [];
  const server = await listenDtls(nodeWorld(), {
    local: LOOPBACK,
    credentials: { pskOf: () => new TextEncoder().encode(KEY) },
    onSession: (session) => {
      const scope = [{ mid: 1, lifetime: 60 }];
      const granted = { "ietf-dots-signal-channel:mitigation-scope": { scope } };
      peers.push(new ScriptedPeer(session, () => withBody(Code.Created, granted)));
    },
  });
  t.after(() => server.close());
  const front = await lossyFront(t, server.local);
  let out = "";
  let err = "";
  const command = signalCommand({
    output: { stdout: (text) => (out += text), stderr: (text) => (err += text) },
    deps: {
      world: nodeWorld(),
      resolve: () => Promise.resolve([front, server.local]),
      warn: (text) => (err += `${text}\n`),
    },
    finish: () => undefined,
    interrupted: () => new AbortController().signal,
  });
  const target = ["--mid", "1", "--target-prefix", "203.0.113.7"];
  const session = ["--psk-identity", "branch", "--psk-file", pskFile, "--verbose"];
  await command.parseAsync(["put", "--server", "coaps://dots.test", ...session, ...target], {
    from: "user",
  });
  assert.match(out, /accepted the request/);
  const asked = [...err.matchAll(/PUT id=\d+ token=(\w+) .*mid=1/g)].map(([, token]) => token);
  assert.ok(new Set(asked).size === 2, "once along with each handshake");
  assert.deepEqual(
    peers.map(({ heard }) => heard.length),
    [1],
    "the server has heard one of them",
  );
});
