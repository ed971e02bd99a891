import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { WebSocket } from "ws";
import type { Channel, ChannelListener } from "../../../../agent/control/channel.ts";
import {
  exchange,
  type Headers,
  type Lab,
  parseReply,
  requestText,
  startLab,
  untilEnd,
} from "./lab.ts";

/** Notes what a channel tells, and lets a test wait for it. */
class Inbox implements ChannelListener {
  readonly texts: string[] = [];
  closings = 0;
  #changed = (): void => {};

  message(text: string): void {
    this.texts.push(text);
    this.#changed();
  }

  closed(): void {
    this.closings += 1;
    this.#changed();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}

/** Both ends of a connection of a page that is logged in. */
async function joined(
  t: TestContext,
  options: Parameters<typeof startLab>[1] = {},
): Promise<{ lab: Lab; page: WebSocket; channel: Channel; inbox: Inbox }> {
  const lab = await startLab(t, options);
  const page = lab.open({ Cookie: await lab.logIn() });
  const [channel] = await Promise.all([lab.channel(), once(page, "open")]);
  const inbox = new Inbox();
  channel.listen(inbox);
  return { lab, page, channel, inbox };
}

/** The code with which the page's connection ends. */
async function closeCode(page: WebSocket): Promise<unknown> {
  page.on("error", () => {}); // "close" follows
  const [code] = (await once(page, "close")) as unknown[];
  return code;
}

function upgrade(headers: Headers): Headers {
  return {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    ...headers,
  };
}

test("texts go both ways, in order", async (t) => {
  const { page, channel, inbox } = await joined(t);
  for (const text of ["1", "zwei ü 🛟", "3"]) page.send(text);
  await inbox.until(() => inbox.texts.length === 3);
  assert.deepEqual(inbox.texts, ["1", "zwei ü 🛟", "3"]);
  const got: string[] = [];
  page.on("message", (data: Buffer, isBinary) => got.push(isBinary ? "binary" : data.toString()));
  for (const text of ["a", "ö", "c"]) channel.send(text);
  channel.close();
  assert.equal(await closeCode(page), 1000);
  assert.deepEqual(got, ["a", "ö", "c"]);
  await inbox.until(() => inbox.closings === 1);
});

test("nothing is lost that comes before somebody listens", async (t) => {
  const lab = await startLab(t);
  const page = lab.open({ Cookie: await lab.logIn() });
  const channel = await lab.channel();
  await once(page, "open");
  await new Promise((resolve) => {
    page.send("early", resolve);
  });
  const inbox = new Inbox();
  channel.listen(inbox);
  await inbox.until(() => inbox.texts.length === 1);
  assert.deepEqual(inbox.texts, ["early"]);
});

test("a channel that ended before somebody listens says so", async (t) => {
  const lab = await startLab(t);
  const page = lab.open({ Cookie: await lab.logIn() });
  const channel = await lab.channel();
  await once(page, "open");
  const ended = closeCode(page);
  channel.close();
  assert.equal(await ended, 1000);
  const inbox = new Inbox();
  channel.listen(inbox);
  await inbox.until(() => inbox.closings > 0);
  assert.equal(inbox.closings, 1);
});

const REFUSED: ReadonlyArray<
  readonly [what: string, status: number, headers: Headers, target?: string, method?: string]
> = [
  ["without a cookie", 401, { Cookie: undefined }],
  ["with a forged cookie", 401, { Cookie: `mayday_PORT=9999999999.${"A".repeat(43)}` }],
  ["without an Origin", 403, { Origin: undefined }],
  ["with the Origin null", 403, { Origin: "null" }],
  ["with a foreign Origin", 403, { Origin: "http://evil.example" }],
  ["with the Origin of another port", 403, { Origin: "http://127.0.0.1:1" }],
  ["with the Origin of HTTPS", 403, { Origin: "https://127.0.0.1:PORT" }],
  ["with the Origin of the other name", 403, { Origin: "http://localhost:PORT" }],
  ["with more than an Origin", 403, { Origin: "http://127.0.0.1:PORT/" }],
  ["with a foreign Host", 421, { Host: "evil.example" }],
  [
    "with a foreign Host of the same Origin",
    421,
    { Host: "evil.example", Origin: "http://evil.example" },
  ],
  ["on another path", 404, {}, "/"],
  ["on a longer path", 404, {}, "/control/x"],
  ["with a query", 404, {}, "/control?x=1"],
  ["by POST", 405, {}, "/control", "POST"],
  ["to something else", 400, { Upgrade: "h2c" }],
  ["of an unknown version", 400, { "Sec-WebSocket-Version": "12" }],
  ["without a key", 400, { "Sec-WebSocket-Key": undefined }],
  ["with a wrong key", 400, { "Sec-WebSocket-Key": "AAAA" }],
  ["with an unreadable protocol", 400, { "Sec-WebSocket-Protocol": "a,,b" }],
];

for (const [what, status, headers, target = "/control", method = "GET"] of REFUSED) {
  test(`an upgrade ${what} is answered ${status}`, async (t) => {
    const { web, authority, logIn, lines } = await startLab(t, {
      onChannel: () => assert.fail("a channel was made"),
    });
    const right: Headers = { Host: authority, Origin: web.url, Cookie: await logIn() };
    const wrong = Object.entries(headers).map(
      ([name, value]) => [name, value?.replace("PORT", String(web.port))] as const,
    );
    const all = upgrade({ ...right, ...Object.fromEntries(wrong) });
    for (const time of [1, 2]) {
      const reply = await exchange(web.port, requestText(method, target, all));
      assert.equal(reply.status, status, `${time}`);
      assert.equal(reply.headers.get("connection"), "close");
      assert.equal(reply.headers.get("x-content-type-options"), "nosniff");
      assert.equal(reply.body.length, Number(reply.headers.get("content-length")));
    }
    assert.equal(lines.length, 1, "logged once");
    assert.equal(lines[0]?.fields["status"], status);
  });
}

test("the right upgrade is granted, without compression and protocols", async (t) => {
  const { web, authority, logIn } = await startLab(t, {
    onChannel: (channel) => channel.close(),
    timing: { closeMs: 20 },
  });
  const headers = upgrade({
    Host: authority,
    Origin: web.url,
    Cookie: await logIn(),
    "Sec-WebSocket-Extensions": "permessage-deflate",
    "Sec-WebSocket-Protocol": "other",
  });
  const reply = await exchange(web.port, requestText("GET", "/control", headers));
  assert.equal(reply.status, 101);
  assert.equal(reply.headers.get("sec-websocket-extensions"), undefined);
  assert.equal(reply.headers.get("sec-websocket-protocol"), undefined);
});

test("a page that was opened by the other name connects too", async (t) => {
  const lab = await startLab(t);
  const Host = `localhost:${lab.web.port}`;
  const page = lab.open({ Host, Origin: `http://${Host}`, Cookie: await lab.logIn() });
  await Promise.all([lab.channel(), once(page, "open")]);
});

test("asking for /control as a page says that it is none", async (t) => {
  const { ask, logIn } = await startLab(t);
  const reply = await ask("/control", { Cookie: await logIn() });
  assert.equal(reply.status, 426);
  assert.equal(reply.headers.get("upgrade"), "websocket");
});

test("an upgrade behind a request that is not answered yet ends the connection", async (t) => {
  const { web, authority, logIn } = await startLab(t, {
    onChannel: () => assert.fail("a channel was made"),
  });
  const Cookie = await logIn();
  const first = requestText("GET", "/", { Host: authority, Cookie, Connection: "keep-alive" });
  for (const Origin of [web.url, "http://evil.example"]) {
    const second = requestText("GET", "/control", upgrade({ Host: authority, Cookie, Origin }));
    const socket = connect(web.port, "127.0.0.1");
    socket.write(first + second);
    assert.equal((await untilEnd(socket)).length, 0);
  }
});

test("octets that come right behind the upgrade are its first message", async (t) => {
  const { web, authority, logIn, channel } = await startLab(t, { timing: { closeMs: 20 } });
  const Cookie = await logIn();
  const text = requestText(
    "GET",
    "/control",
    upgrade({ Host: authority, Origin: web.url, Cookie }),
  );
  const hello = Buffer.from("818500000000", "hex"); // a text of 5 octets, masked with zeros
  const socket = connect(web.port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write(Buffer.concat([Buffer.from(text), hello, Buffer.from("hello")]));
  const inbox = new Inbox();
  (await channel()).listen(inbox);
  await inbox.until(() => inbox.texts.length === 1);
  assert.deepEqual(inbox.texts, ["hello"]);
});

test("binary frames end the connection", async (t) => {
  const { page, inbox, lab } = await joined(t);
  page.send(Buffer.from("binary"));
  page.send("text behind it");
  assert.equal(await closeCode(page), 1003);
  await inbox.until(() => inbox.closings === 1);
  assert.deepEqual(inbox.texts, []);
  assert.deepEqual(
    lab.lines.map(({ fields }) => fields["code"]),
    ["binary frame"],
  );
});

test("a message may be 256 KiB long, and not longer", async (t) => {
  const { page, inbox } = await joined(t);
  page.send("x".repeat(256 * 1024));
  await inbox.until(() => inbox.texts.length === 1);
  assert.equal(inbox.texts[0]?.length, 256 * 1024);
  page.send("x".repeat(256 * 1024 + 1));
  assert.equal(await closeCode(page), 1009);
  await inbox.until(() => inbox.closings === 1);
  assert.equal(inbox.texts.length, 1);
});

const BROKEN = [
  ["text that is no UTF-8", "818100000000ff"],
  ["a frame without a mask", "810161"],
  ["an unknown kind of frame", "83810000000061"],
  ["a compressed frame", "c1810000000061"],
] as const;

for (const [what, hex] of BROKEN) {
  test(`${what} ends that connection alone`, async (t) => {
    const { lab, channel, page } = await joined(t);
    const Cookie = await lab.logIn();
    const { web, authority } = lab;
    const head = requestText(
      "GET",
      "/control",
      upgrade({ Host: authority, Origin: web.url, Cookie }),
    );
    const socket = connect(web.port, "127.0.0.1");
    socket.write(Buffer.concat([Buffer.from(head), Buffer.from(hex, "hex")]));
    const ended = untilEnd(socket);
    const inbox = new Inbox();
    (await lab.channel()).listen(inbox);
    assert.equal(parseReply(await ended).status, 101);
    await inbox.until(() => inbox.closings === 1);
    assert.deepEqual(inbox.texts, []);
    channel.send("still here");
    const [data] = (await once(page, "message")) as [Buffer];
    assert.equal(data.toString(), "still here");
  });
}

test("the 33rd connection is refused until one ends", async (t) => {
  const lab = await startLab(t, { onChannel: (channel) => channel.listen(new Inbox()) });
  const Cookie = await lab.logIn();
  const pages = Array.from({ length: 32 }, () => lab.open({ Cookie }));
  await Promise.all(pages.map((page) => once(page, "open")));
  const refused = lab.open({ Cookie });
  const [error] = (await once(refused, "error")) as [Error];
  assert.match(error.message, /503/);
  for (const page of pages) page.close();
  await Promise.all(pages.map((page) => once(page, "close")));
  await once(lab.open({ Cookie }), "open");
});

test("what a page does not read is counted", async (t) => {
  const { lab, page, channel, inbox } = await joined(t);
  page.pause();
  assert.equal(channel.queued, 0);
  for (let sent = 0; sent < 64; sent += 1) channel.send("x".repeat(1 << 18));
  const queued = channel.queued;
  assert.ok(queued > 1 << 20, `${queued} octets`);
  let got = 0;
  page.on("message", (data: Buffer) => (got += data.length));
  page.resume();
  channel.close();
  await closeCode(page);
  await inbox.until(() => inbox.closings === 1);
  assert.equal(got, 64 * (1 << 18));
  assert.deepEqual(lab.lines, []);
});

test("a page that does not agree to an end is ended", async (t) => {
  const { page, channel, inbox } = await joined(t, { timing: { closeMs: 20 } });
  page.pause(); // reads nothing, so it says nothing
  channel.close();
  channel.close();
  await inbox.until(() => inbox.closings > 0);
  assert.equal(inbox.closings, 1);
  channel.send("into nowhere");
  page.terminate();
});

test("a page that goes is told once", async (t) => {
  const { page, channel, inbox } = await joined(t);
  page.terminate();
  await inbox.until(() => inbox.closings > 0);
  channel.send("into nowhere");
  channel.close();
  assert.equal(inbox.closings, 1);
});

test("messages behind our own end are not delivered", async (t) => {
  const { page, channel, inbox } = await joined(t);
  page.send("before");
  await inbox.until(() => inbox.texts.length === 1);
  channel.close();
  page.send("after");
  await inbox.until(() => inbox.closings === 1);
  assert.deepEqual(inbox.texts, ["before"]);
});

test("a page that answers pings stays, one that does not goes", async (t) => {
  const lab = await startLab(t, { timing: { pingMs: 250 } });
  const Cookie = await lab.logIn();
  const alive = lab.open({ Cookie });
  const aliveInbox = new Inbox();
  (await lab.channel()).listen(aliveInbox);
  const dead = new WebSocket(`ws://${lab.authority}/control`, {
    autoPong: false,
    headers: { Cookie, Origin: lab.web.url },
  });
  const deadInbox = new Inbox();
  (await lab.channel()).listen(deadInbox);
  await deadInbox.until(() => deadInbox.closings === 1);
  for (let pings = 0; pings < 2; pings += 1) await once(alive, "ping");
  assert.equal(aliveInbox.closings, 0);
  dead.terminate();
});

test("a page's own pings are answered", async (t) => {
  const { page } = await joined(t);
  page.ping("here?");
  const [data] = (await once(page, "pong")) as [Buffer];
  assert.equal(data.toString(), "here?");
});

test("a page that asks for pongs which it does not read is ended", async (t) => {
  const { page, channel, inbox } = await joined(t);
  page.pause();
  for (let sent = 0; sent < 64; sent += 1) channel.send("x".repeat(1 << 18));
  page.ping();
  await inbox.until(() => inbox.closings === 1);
  page.terminate();
});
