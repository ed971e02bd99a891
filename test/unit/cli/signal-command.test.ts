import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toCliError, type CliError } from "../../../agent/cli/exit.ts";
import { signalCommand } from "../../../agent/cli/signal-command.ts";
import { listenDtls, type DtlsServer } from "../../../agent/dtls/server.ts";
import { nodeWorld } from "../../../agent/net/node/world.ts";
import type { Address } from "../../../agent/net/ports.ts";
import type { DotsBody, MitigationScope } from "../../../agent/wire/cbor/types.ts";
import { Code, formatCode } from "../../../agent/wire/coap/code.ts";
import type { CoapMessage } from "../../../agent/wire/coap/message.ts";
import { findUint, OptionNumber, uintOption, uriPath } from "../../../agent/wire/coap/options.ts";
import {
  ScriptedPeer,
  withBody,
  withText,
  type ScriptedAnswer,
} from "../../support/scripted-peer.ts";

const KEY = "correct horse battery staple";
const LOOPBACK: Address = { family: 4, host: "127.0.0.1", port: 0 };

let dir = "";
let server: DtlsServer;
let script: (request: CoapMessage, peer: () => ScriptedPeer) => ScriptedAnswer | undefined;
let heard: CoapMessage[] = [];

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "mayday-signal-"));
  for (const [name, text] of [
    ["right.psk", KEY],
    ["wrong.psk", "something else"],
  ] as const) {
    await writeFile(join(dir, name), text);
    await chmod(join(dir, name), 0o600);
  }
  server = await listenDtls(nodeWorld(), {
    local: LOOPBACK,
    credentials: {
      pskOf: (identity) => (identity === "branch" ? new TextEncoder().encode(KEY) : undefined),
    },
    onSession: (session) => {
      const peer: ScriptedPeer = new ScriptedPeer(session, (request) => {
        heard.push(request);
        return script(request, () => peer);
      });
    },
  });
});

after(async () => {
  server.close();
  await rm(dir, { recursive: true });
});

interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  readonly error: CliError | undefined;
}

interface RunOptions {
  readonly psk?: string;
  readonly identity?: string;
  readonly addresses?: readonly Address[];
  readonly interrupt?: AbortSignal;
}

/** Runs one verb in this process, against the server above. */
async function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = "";
  let err = "";
  let exit = 0;
  heard = [];
  const { addresses = [server.local] } = options;
  const command = signalCommand({
    output: { stdout: (text) => (out += text), stderr: (text) => (err += text) },
    deps: {
      world: nodeWorld(),
      resolve: () => Promise.resolve([...addresses]),
      warn: (text) => (err += `${text}\n`),
    },
    finish: (code) => (exit = code),
    interrupted: () => options.interrupt ?? new AbortController().signal,
  });
  const [verb = "", ...rest] = args;
  const file = join(dir, options.psk ?? "right.psk");
  const session = [
    "--server",
    "coaps://dots.test",
    "--psk-identity",
    options.identity ?? "branch",
    "--psk-file",
    file,
  ];
  try {
    await command.parseAsync([verb, ...session, ...rest], { from: "user" });
    return { exit, out, err, error: undefined };
  } catch (error) {
    const fault = toCliError(error);
    return { exit: fault.exit, out, err, error: fault };
  }
}

function bodyOf(...scope: MitigationScope[]): DotsBody {
  return { "ietf-dots-signal-channel:mitigation-scope": { scope } };
}

const GRANTED = bodyOf({ mid: 1, lifetime: 3600 });
const PUT = ["put", "--mid", "1", "--target-prefix", "203.0.113.7", "--target-port", "443"];

test("put asks with the cuid of the identity and tells the grant", async () => {
  script = () => withBody(Code.Created, GRANTED);
  const { exit, out, err } = await run(PUT);
  assert.equal(exit, 0, err);
  assert.equal(out, "The provider accepted the request (2.01). Lifetime 3600 s.\n");
  const path = uriPath(heard[0]?.options ?? []);
  assert.deepEqual(path, [
    ".well-known",
    "dots",
    "mitigate",
    "cuid=84x2TIqgC2V49CVKTcbZtQ",
    "mid=1",
  ]);
});

test("put --json is one document with payload, times and security", async () => {
  script = () => withBody(Code.Created, GRANTED);
  const { out, err } = await run([...PUT, "--json", "--cuid", "mine"]);
  assert.equal(err, "");
  const answer = JSON.parse(out) as Record<string, unknown>;
  assert.equal(answer["code"], "2.01");
  assert.deepEqual(answer["payload"], GRANTED);
  assert.ok(Number(answer["rttMs"]) > 0 && Number(answer["handshakeMs"]) > 0);
  assert.deepEqual(Object.keys(answer["security"] as object), [
    "version",
    "cipher",
    "resumed",
    "connectionId",
  ]);
  assert.ok(uriPath(heard[0]?.options ?? []).includes("cuid=mine"));
});

test("a refusal ends in exit 3 with the server's reason", async () => {
  script = () => withText(Code.BadRequest, "target-prefix is not yours");
  const { exit, out, err } = await run(PUT);
  assert.equal(exit, 3);
  assert.equal(out, "");
  assert.match(err, /4\.00.*target-prefix is not yours/);
});

test("a refusal with --json is one document that has the reason and an error", async () => {
  script = () => withText(Code.BadRequest, "not yours");
  const { exit, out } = await run([...PUT, "--json"]);
  assert.equal(exit, 3);
  const answer = JSON.parse(out) as Record<string, unknown>;
  assert.equal(answer["diagnostic"], "not yours");
  assert.equal((answer["error"] as Record<string, unknown>)["code"], "server/refused");
});

test("get --observe tells of each change, one object a line, and deregisters at the end", async () => {
  script = (request, peer) => {
    const observe = findUint(request.options, OptionNumber.Observe);
    if (observe !== 0) return withBody(Code.Content, GRANTED);
    const changed = bodyOf({ mid: 1, lifetime: 9, status: "attack-stopped" });
    queueMicrotask(() =>
      peer().send(
        withBody(Code.Content, changed, [uintOption(OptionNumber.Observe, 2)]),
        request.token,
      ),
    );
    return withBody(Code.Content, GRANTED, [uintOption(OptionNumber.Observe, 1)]);
  };
  const { exit, out } = await run(["get", "--mid", "1", "--observe", "0.3", "--json"]);
  assert.equal(exit, 0);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(lines.length, 2);
  assert.deepEqual(lines[0]?.["payload"], GRANTED);
  assert.equal(lines[1]?.["notification"], true);
  const last = heard.at(-1);
  assert.ok(last);
  assert.equal(findUint(last.options, OptionNumber.Observe), 1);
  assert.deepEqual(last.token, heard[0]?.token);
});

test("Ctrl-C ends an observation early, in exit 0", async () => {
  script = () => withBody(Code.Content, GRANTED, [uintOption(OptionNumber.Observe, 1)]);
  const interrupt = new AbortController();
  script = (request) => {
    setImmediate(() => interrupt.abort());
    const observe = findUint(request.options, OptionNumber.Observe);
    const options = observe === 0 ? [uintOption(OptionNumber.Observe, 1)] : [];
    return withBody(Code.Content, GRANTED, options);
  };
  const { exit } = await run(["get", "--observe", "600"], { interrupt: interrupt.signal });
  assert.equal(exit, 0);
});

for (const [code, expected] of [
  [Code.NotFound, 0],
  [Code.InternalServerError, 3],
] as const) {
  test(`an observation that ends with ${formatCode(code)} ends in exit ${expected}`, async () => {
    script = (request, peer) => {
      setImmediate(() => peer().send(withText(code, "over"), request.token));
      return withBody(Code.Content, GRANTED, [uintOption(OptionNumber.Observe, 1)]);
    };
    const { exit, out, err } = await run(["get", "--mid", "1", "--observe", "600"]);
    assert.equal(exit, expected);
    if (expected === 0) assert.match(out, /The mitigation is gone/);
    else assert.match(err, /over/);
  });
}

test("a server that forgot the session is not taken for one with no news: exit 4", async () => {
  script = (request) =>
    findUint(request.options, OptionNumber.Observe) === 0
      ? withBody(Code.Content, GRANTED, [uintOption(OptionNumber.Observe, 1)])
      : undefined;
  const { exit, error } = await run(["get", "--mid", "1", "--observe", "0.2"]);
  assert.equal(exit, 4);
  assert.match(error?.message ?? "", /session was lost.*heartbeats/);
});

test("delete withdraws and says so", async () => {
  script = () => ({ code: Code.Deleted });
  const { exit, out } = await run(["delete", "--mid", "1"]);
  assert.equal(exit, 0);
  assert.match(out, /withdrew request 1 \(2\.02\)/);
  assert.equal(heard[0]?.code, Code.DELETE);
});

test("heartbeat sends as many as asked, and counts the answers", async () => {
  script = () => (heard.length === 2 ? undefined : { code: Code.Changed });
  const { exit, out } = await run([
    "heartbeat",
    "--count",
    "3",
    "--interval",
    "0.05",
    "--timeout",
    "0.3",
    "--json",
  ]);
  assert.equal(exit, 0);
  const { heartbeat, rttsMs } = JSON.parse(out) as {
    heartbeat: Record<string, unknown>;
    rttsMs: number[];
  };
  assert.equal(heartbeat["sent"], 3);
  assert.equal(heartbeat["missed"], 1);
  assert.equal(rttsMs.length, 2);
});

test("no answer ends in exit 4 and names the server's address", async () => {
  script = () => undefined;
  const { exit, error } = await run(["get", "--timeout", "0.5"]);
  assert.equal(exit, 4);
  assert.match(error?.message ?? "", new RegExp(`127\\.0\\.0\\.1:${server.local.port} .*0\\.5 s`));
});

test("an efficacy update that is not answered has a hint why [RFC 9132 §4.4.3]", async () => {
  script = () => undefined;
  const { exit, error } = await run([...PUT, "--efficacy", "under-attack", "--timeout", "0.5"]);
  assert.equal(exit, 4);
  assert.match(error?.hint ?? "", /does not know: is 1 active/);
});

for (const { name, options } of [
  { name: "wrong key", options: { psk: "wrong.psk" } },
  { name: "unknown identity", options: { identity: "stranger" } },
]) {
  test(`a ${name} ends in exit 5 within 5 s and names the identity`, async () => {
    const from = performance.now();
    const { exit, error } = await run(["get"], options);
    assert.equal(exit, 5);
    assert.ok(performance.now() - from < 5000);
    const identity = options.identity ?? "branch";
    assert.equal(error?.message, `the server refused this key (identity ${identity})`);
  });
}

test("nobody listening ends in exit 4 and names every address tried", async () => {
  const nobody = await freePorts(2);
  const { exit, error } = await run(["get", "--timeout", "3"], { addresses: nobody });
  assert.equal(exit, 4);
  for (const { port } of nobody) {
    assert.match(
      error?.message ?? "",
      new RegExp(`127\\.0\\.0\\.1:${port} \\(UDP\\): nobody listens there`),
    );
  }
});

test("the addresses of a name are tried in order until one answers", async () => {
  script = () => ({ code: Code.Deleted });
  const addresses = [...(await freePorts(1)), server.local];
  const { exit, err } = await run(["delete", "--mid", "1", "--verbose"], { addresses });
  assert.equal(exit, 0);
  const [first, second] = addresses.map(({ port }) =>
    err.indexOf(`handshake with 127.0.0.1:${port}`),
  );
  assert.ok(first !== undefined && second !== undefined && 0 < first && first < second);
});

test("--verbose tells of handshake and messages, and never of the key", async () => {
  script = () => withBody(Code.Created, GRANTED);
  const { out, err } = await run([...PUT, "--verbose", "--json"]);
  assert.doesNotThrow(() => JSON.parse(out));
  for (const told of [
    "ClientHello",
    "HelloVerifyRequest",
    "NON PUT",
    "NON 2.01",
    "TLS_",
    "lifetime",
  ]) {
    assert.ok(err.includes(told), told);
  }
  assert.ok(!err.includes(KEY) && !err.includes(Buffer.from(KEY).toString("hex")));
});

/** Ports on which nobody listens: bound once, and released. */
async function freePorts(count: number): Promise<Address[]> {
  const { datagrams } = nodeWorld();
  const ignore = { message: () => undefined, error: () => undefined };
  const sockets = await Promise.all(
    Array.from({ length: count }, () => datagrams.bind({ local: LOOPBACK }, ignore)),
  );
  for (const socket of sockets) socket.close();
  return sockets.map(({ local }) => local);
}
