import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test, type TestContext } from "node:test";
import { startWebConsole } from "../../../../agent/control/web/web-console.ts";
import {
  builtFolder,
  exchange,
  parseReply,
  pathOf,
  requestText,
  startLab,
  untilEnd,
} from "./lab.ts";

/** A port that another program has. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => void server.close());
  const bound = server.address();
  assert.ok(bound !== null && typeof bound === "object");
  return bound.port;
}

const LINUX = process.platform === "linux"; // where all of 127/8 is this machine

test("it listens where its address says, and nowhere else", { skip: !LINUX }, async (t) => {
  const { web, ask } = await startLab(t);
  assert.equal(web.url, `http://127.0.0.1:${web.port}`);
  assert.ok(web.loginLink().url.startsWith(`${web.url}/login?token=`));
  assert.equal((await ask("/console.css")).status, 200);
  const elsewhere = connect(web.port, "127.0.0.2");
  await assert.rejects(once(elsewhere, "connect"), { code: "ECONNREFUSED" });
});

test("on ::1 it goes by the names of ::1", async (t) => {
  const web = await startWebConsole({
    port: 0,
    host: "::1",
    allowPortFallback: false,
    folder: builtFolder(t),
    secret: new Uint8Array(32),
    onChannel: () => {},
    log: { info() {}, warn() {}, error() {} },
    now: () => 0,
  }).catch((error: unknown) => String(error));
  if (typeof web === "string") {
    t.skip(`no IPv6 here: ${web}`);
    return;
  }
  t.after(() => web.close());
  assert.equal(web.url, `http://[::1]:${web.port}`);
  const statuses = [];
  for (const name of ["[::1]", "localhost", "127.0.0.1"]) {
    const socket = connect(web.port, "::1");
    socket.write(requestText("GET", "/console.css", { Host: `${name}:${web.port}` }));
    statuses.push(parseReply(await untilEnd(socket)).status);
  }
  assert.deepEqual(statuses, [200, 200, 421]);
});

test("the wished port is taken when it is free", async (t) => {
  const first = await startLab(t);
  const { port } = first.web;
  await first.web.close();
  const second = await startLab(t, { port });
  assert.equal(second.web.port, port);
});

test("a port in use: another one, with a word in the log", async (t) => {
  const port = await takenPort(t);
  const { web, ask, lines } = await startLab(t, { port, allowPortFallback: true });
  assert.notEqual(web.port, port);
  assert.equal((await ask("/console.css")).status, 200);
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields]),
    [["warn", { wished: port, port: web.port }]],
  );
});

test("a port in use, and no other will do: a fault that names it", async (t) => {
  const port = await takenPort(t);
  await assert.rejects(startLab(t, { port }), {
    name: "WebConsoleError",
    code: "console/port-in-use",
    message: `the web console cannot have port ${port}: another program uses it`,
  });
});

test("no port, no console", async (t) => {
  await assert.rejects(startLab(t, { port: 70_000 }), { code: "console/cannot-listen" });
  await assert.rejects(startLab(t, { port: -1, allowPortFallback: true }), {
    code: "console/cannot-listen",
  });
});

test("a secret that could be guessed is refused", async (t) =>
  assert.rejects(startLab(t, { secret: new Uint8Array(31) }), { code: "console/short-secret" }));

test("a page is still logged in after a restart with the same secret and port", async (t) => {
  const before = await startLab(t);
  const Cookie = await before.logIn();
  const { port } = before.web;
  await before.web.close();
  const after = await startLab(t, { port });
  assert.equal((await after.ask("/", { Cookie })).status, 200);
  const page = after.open({ Cookie });
  await Promise.all([after.channel(), once(page, "open")]);
});

test("with another secret it is not", async (t) => {
  const before = await startLab(t);
  const Cookie = await before.logIn();
  const { port } = before.web;
  await before.web.close();
  const after = await startLab(t, { port, secret: new Uint8Array(32).fill(8) });
  assert.equal((await after.ask("/", { Cookie })).status, 401);
});

test("links do not outlive the console", async (t) => {
  const before = await startLab(t);
  const { url } = before.web.loginLink();
  const { port } = before.web;
  await before.web.close();
  const after = await startLab(t, { port });
  assert.equal((await after.ask(pathOf(url))).status, 403);
});

test("links are forgotten as soon as it closes", async (t) => {
  const { web, ask, authority } = await startLab(t);
  const link = web.loginLink().url;
  const late = connect(web.port, "127.0.0.1");
  await once(late, "connect");
  await ask("/console.css"); // so `late`, which came before, is accepted by now
  const closing = web.close();
  late.write(requestText("GET", pathOf(link), { Host: authority }));
  assert.equal(parseReply(await untilEnd(late)).status, 403);
  await closing;
});

test("close ends pages, half requests and silent connections within a second", async (t) => {
  const lab = await startLab(t);
  const { port } = lab.web;
  const Cookie = await lab.logIn();
  const good = lab.open({ Cookie });
  const deaf = lab.open({ Cookie });
  await Promise.all([once(good, "open"), once(deaf, "open")]);
  deaf.pause();
  const half = connect(port, "127.0.0.1");
  half.write("GET / HTTP/1.1\r\nHost:");
  const silent = connect(port, "127.0.0.1");
  await Promise.all([once(half, "connect"), once(silent, "connect")]);
  const ends = [half, silent].map((socket) => untilEnd(socket));
  const goodbye = once(good, "close");
  const start = performance.now();
  const closing = lab.web.close();
  assert.equal(lab.web.close(), closing, "twice is once");
  await closing;
  assert.ok(performance.now() - start < 1000);
  assert.equal((await goodbye)[0], 1001);
  await Promise.all(ends);
  await assert.rejects(once(connect(port, "127.0.0.1"), "connect"), { code: "ECONNREFUSED" });
  deaf.terminate();
});

test("a request that does not come to its end is answered 408", async (t) => {
  const { web, lines } = await startLab(t, { timing: { headersMs: 40 } });
  const reply = await exchange(web.port, "GET / HTTP/1.1\r\nHost:");
  assert.equal(reply.status, 408);
  assert.deepEqual(
    lines.map(({ fields }) => fields["code"]),
    ["ERR_HTTP_REQUEST_TIMEOUT"],
  );
});

test("a connection that says nothing is ended", async (t) => {
  const { web } = await startLab(t, { timing: { headersMs: 40 } });
  await untilEnd(connect(web.port, "127.0.0.1"));
});

test("headers have a limit", async (t) => {
  const { ask } = await startLab(t);
  assert.equal((await ask("/console.css", { "X-Long": "x".repeat(10_000) })).status, 200);
  assert.equal((await ask("/console.css", { "X-Long": "x".repeat(20_000) })).status, 431);
});

test("octets that are no HTTP are answered 400, and logged once", async (t) => {
  const { web, lines, ask } = await startLab(t);
  for (const text of ["\x16\x03\x01\x02\x00\x01", "hello\r\n\r\n", "\0\0\0\0"]) {
    assert.equal((await exchange(web.port, text)).status, 400);
  }
  assert.equal(new Set(lines.map(({ fields }) => fields["code"])).size, lines.length);
  assert.equal((await ask("/console.css")).status, 200);
});

test("the 129th connection is not taken", async (t) => {
  const { web, ask, lines } = await startLab(t);
  const sockets = Array.from({ length: 128 }, () => connect(web.port, "127.0.0.1"));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  await assert.rejects(ask("/console.css"), /no answer/);
  assert.equal(lines[0]?.fields["refusal"], "too-many");
  const [first] = sockets;
  assert.ok(first !== undefined);
  first.end("GET /console.css HTTP/1.1\r\n\r\n");
  assert.equal(parseReply(await untilEnd(first)).status, 400);
  assert.equal((await ask("/console.css")).status, 200);
});
