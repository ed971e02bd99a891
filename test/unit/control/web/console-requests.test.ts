import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { builtFolder, exchange, requestText, SCRIPT, scratch, startLab } from "./lab.ts";

const WINDOWS = process.platform === "win32";
const ASSET = "/assets/index-B3x_8kQa.js";

test("Host is the console's own name, or nothing is answered but that it is not", async (t) => {
  const { ask, web, logIn, lines } = await startLab(t);
  const Cookie = await logIn();
  const { port } = web;
  const cases: ReadonlyArray<readonly [host: string | undefined, status: number]> = [
    [`127.0.0.1:${port}`, 200],
    [`localhost:${port}`, 200],
    [`LocalHost:${port}`, 200],
    [`[::1]:${port}`, 421], // it does not listen there
    ["127.0.0.1", 421],
    [`127.0.0.1:${port + 1}`, 421],
    [`127.0.0.2:${port}`, 421],
    [`evil.example:${port}`, 421],
    [`127.0.0.1.evil.example:${port}`, 421],
    [`evil.example`, 421],
    [`localhost.:${port}`, 421],
    [`user@localhost:${port}`, 421],
    ["", 421],
    [undefined, 400], // HTTP/1.1 asks for one
  ];
  for (const [Host, status] of cases) {
    for (const target of ["/", "/console.css"]) {
      assert.equal((await ask(target, { Host, Cookie })).status, status, `${Host}${target}`);
    }
  }
  const foreign = lines.filter(({ fields }) => fields["refusal"] === "foreign-host");
  assert.equal(foreign.length, 1, "logged once");
});

test("HTTP/1.0 without a Host is refused", async (t) => {
  const { web } = await startLab(t);
  const reply = await exchange(web.port, "GET / HTTP/1.0\r\n\r\n");
  assert.equal(reply.status, 421);
});

test("a whole URL as the target does not get around Host", async (t) => {
  const { ask, logIn, authority } = await startLab(t);
  const Cookie = await logIn();
  assert.equal((await ask(`http://${authority}/`, { Cookie })).status, 400);
  assert.equal((await ask("http://evil.example/", { Cookie })).status, 400);
  assert.equal((await ask(`http://${authority}/`, { Cookie, Host: "evil.example" })).status, 421);
});

for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]) {
  test(`${method} is refused everywhere`, async (t) => {
    const { ask, logIn } = await startLab(t);
    const Cookie = await logIn();
    for (const target of ["/", "/login", "/control", "/console.css"]) {
      const reply = await ask(target, { Cookie }, method);
      assert.equal(reply.status, 405);
      assert.equal(reply.headers.get("allow"), "GET, HEAD");
    }
  });
}

test("a request that sends something along is refused", async (t) => {
  const { ask, web, authority } = await startLab(t);
  assert.equal((await ask("/", { "Content-Length": "4" })).status, 400);
  const chunked = requestText("GET", "/", { Host: authority, "Transfer-Encoding": "chunked" });
  assert.equal((await exchange(web.port, `${chunked}4\r\nbody\r\n0\r\n\r\n`)).status, 400);
  assert.equal((await ask("/console.css", { "Content-Length": "0" })).status, 200);
});

test("the page is asked for anew each time, and its parts never again", async (t) => {
  const { ask, logIn } = await startLab(t);
  const Cookie = await logIn();
  const cases = [
    ["/", "text/html; charset=utf-8", "no-store"],
    ["/?x=1", "text/html; charset=utf-8", "no-store"],
    ["/index.html", "text/html; charset=utf-8", "no-store"],
    ["/mark.svg", "image/svg+xml", "no-store"],
    [ASSET, "text/javascript; charset=utf-8", "private, max-age=31536000, immutable"],
  ] as const;
  for (const [target, type, cache] of cases) {
    const reply = await ask(target, { Cookie });
    assert.equal(reply.status, 200, target);
    assert.equal(reply.headers.get("content-type"), type);
    assert.equal(reply.headers.get("cache-control"), cache);
    assert.equal(reply.headers.get("content-length"), String(reply.body.length));
  }
  assert.equal((await ask(ASSET, { Cookie })).body.toString(), SCRIPT);
});

test("every answer tells the browser what it may do", async (t) => {
  const { ask, logIn, authority, web } = await startLab(t);
  const Cookie = await logIn();
  const policy = (host: string): string =>
    `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; ` +
    `connect-src 'self'${host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  const replies = [
    [await ask("/", { Cookie }), ` ws://${authority}`],
    [await ask(ASSET, { Cookie }), ` ws://${authority}`],
    [await ask("/", { Cookie, Host: `localhost:${web.port}` }), ` ws://localhost:${web.port}`],
    [await ask("/none", { Cookie }), ` ws://${authority}`],
    [await ask("/login"), ` ws://${authority}`],
    [await ask("/"), ` ws://${authority}`],
    [await ask("/", {}, "POST"), ` ws://${authority}`],
    [await ask("/", { Host: "evil.example; script-src *" }), ""],
  ] as const;
  for (const [{ headers, status }, host] of replies) {
    assert.equal(headers.get("content-security-policy"), policy(host), String(status));
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    assert.equal(headers.get("cross-origin-resource-policy"), "same-origin");
  }
});

test("HEAD has the headers and no body", async (t) => {
  const { ask, logIn } = await startLab(t);
  const reply = await ask(ASSET, { Cookie: await logIn() }, "HEAD");
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get("content-length"), String(SCRIPT.length));
  assert.equal(reply.body.length, 0);
});

test("text is packed for those who take it so", async (t) => {
  const { ask, logIn } = await startLab(t);
  const Cookie = await logIn();
  for (const time of ["first", "again"]) {
    const packed = await ask(ASSET, { Cookie, "Accept-Encoding": "gzip, br" });
    assert.equal(packed.headers.get("content-encoding"), "gzip", time);
    assert.equal(packed.headers.get("vary"), "Accept-Encoding");
    assert.ok(packed.body.length < SCRIPT.length / 2);
    assert.equal(gunzipSync(packed.body).toString(), SCRIPT);
  }
  for (const header of [undefined, "br", "gzip;q=0"]) {
    const plain = await ask(ASSET, { Cookie, "Accept-Encoding": header });
    assert.equal(plain.headers.get("content-encoding"), undefined);
    assert.equal(plain.headers.get("vary"), "Accept-Encoding");
    assert.equal(plain.body.toString(), SCRIPT);
  }
  const short = await ask("/mark.svg", { Cookie, "Accept-Encoding": "gzip" });
  assert.equal(short.headers.get("content-encoding"), undefined);
});

test("a new build is served at once", async (t) => {
  const { ask, logIn, folder } = await startLab(t);
  const Cookie = await logIn();
  await ask("/", { Cookie });
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Another build</title>");
  assert.match((await ask("/", { Cookie })).body.toString(), /Another build/);
  rmSync(join(folder, "mark.svg"));
  assert.equal((await ask("/mark.svg", { Cookie })).status, 404);
});

const OUTSIDE = [
  "/../secret.txt",
  "/assets/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/%2e%2e%2fsecret.txt",
  "/..%2fsecret.txt",
  "/%252e%252e/secret.txt",
  "/assets/%2e%2e/%2e%2e/secret.txt",
  String.raw`/..\secret.txt`,
  "/..%5csecret.txt",
  "//secret.txt",
  "/./secret.txt",
  "/secret.txt%00.html",
  "/index.html%00",
  "/%c0%ae%c0%ae/secret.txt",
  "/%",
  "/assets",
  "/assets/",
  "/.hidden",
  "/link.txt",
  "/links/secret.txt",
  "/loop",
  "/socket",
];

test("nothing outside of the folder is served", { skip: WINDOWS }, async (t) => {
  const folder = builtFolder(t);
  const { ask, logIn } = await startLab(t, { folder });
  const Cookie = await logIn();
  writeFileSync(join(folder, "..", "secret.txt"), "secret");
  writeFileSync(join(folder, ".hidden"), "secret");
  symlinkSync(join("..", "secret.txt"), join(folder, "link.txt"));
  symlinkSync("..", join(folder, "links"));
  symlinkSync("loop", join(folder, "loop"));
  const socket = createServer().listen(join(folder, "socket"));
  t.after(() => void socket.close());
  await once(socket, "listening");
  for (const target of OUTSIDE) {
    const reply = await ask(target, { Cookie });
    assert.equal(reply.status, 404, target);
    assert.doesNotMatch(reply.body.toString(), /secret/, target);
  }
});

test("a folder whose name only begins alike is outside too", { skip: WINDOWS }, async (t) => {
  const folder = builtFolder(t);
  const { ask, logIn } = await startLab(t, { folder });
  mkdirSync(`${folder}-old`);
  writeFileSync(join(`${folder}-old`, "x.txt"), "secret");
  symlinkSync(`${folder}-old`, join(folder, "old"));
  assert.equal((await ask("/old/x.txt", { Cookie: await logIn() })).status, 404);
});

test("a link inside of the folder is followed, and so is one to the folder", async (t) => {
  const folder = builtFolder(t);
  symlinkSync("mark.svg", join(folder, "icon.svg"));
  const link = join(scratch(t), "current");
  symlinkSync(folder, link);
  const { ask, logIn } = await startLab(t, { folder: link });
  const reply = await ask("/icon.svg", { Cookie: await logIn() });
  assert.equal(reply.body.toString(), "<svg/>");
});

test("octets that are no path are no request", async (t) => {
  const { web, authority } = await startLab(t);
  for (const target of ["/\0", "/x y", "", "no-slash", "*"]) {
    const reply = await exchange(web.port, requestText("GET", target, { Host: authority }));
    assert.equal(reply.status, 400, JSON.stringify(target));
  }
});

test("a fault of ours is said without its details, which are in the log", async (t) => {
  const { ask, logIn, lines } = await startLab(t, { folder: "no\0folder" });
  const Cookie = await logIn();
  for (const target of ["/", ASSET]) {
    const reply = await ask(target, { Cookie });
    assert.equal(reply.status, 500);
    assert.doesNotMatch(reply.body.toString(), /ERR_|folder/);
  }
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields["code"]]),
    [["error", "ERR_INVALID_ARG_VALUE"]],
  );
});

test("a file that is not the build's kind is only octets", async (t) => {
  const { ask, logIn, folder } = await startLab(t);
  writeFileSync(join(folder, "x.unknown"), "<script>");
  const reply = await ask("/x.unknown", { Cookie: await logIn() });
  assert.equal(reply.headers.get("content-type"), "application/octet-stream");
});

test("a file that cannot be one of the interface by its size is not read", async (t) => {
  const { ask, logIn, folder } = await startLab(t);
  writeFileSync(join(folder, "huge.js"), Buffer.alloc(8 * 1024 * 1024 + 1));
  assert.equal((await ask("/huge.js", { Cookie: await logIn() })).status, 404);
});

test("many large files come whole, though not all of them stay in memory", async (t) => {
  const { ask, logIn, folder } = await startLab(t);
  const Cookie = await logIn();
  const names = ["a.png", "b.png", "c.png", "a.png"];
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(7_000_000, name));
  for (const name of names) {
    const reply = await ask(`/${name}`, { Cookie });
    assert.ok(reply.body.equals(Buffer.alloc(7_000_000, name)));
  }
});

for (const missing of ["folder", "index.html"]) {
  test(`without ${missing} the page says what to do, until it is built`, async (t) => {
    const folder = builtFolder(t);
    rmSync(missing === "folder" ? folder : join(folder, missing), { recursive: true });
    const { ask, logIn, lines } = await startLab(t, { folder });
    const Cookie = await logIn();
    const reply = await ask("/", { Cookie });
    assert.equal(reply.status, 503);
    assert.match(reply.body.toString(), /The interface is not built: <code>npm run build<\/code>/);
    assert.deepEqual(
      lines.map(({ level, fields }) => [level, fields["refusal"]]),
      [["warn", "not-built"]],
    );
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.html"), "built");
    assert.equal((await ask("/", { Cookie })).body.toString(), "built");
  });
}

test("the server's own pages have their style without a login, light and dark", async (t) => {
  const { ask } = await startLab(t);
  assert.match((await ask("/")).body.toString(), /<link rel="stylesheet" href="\/console\.css">/);
  const style = await ask("/console.css");
  assert.equal(style.status, 200);
  assert.equal(style.headers.get("content-type"), "text/css; charset=utf-8");
  assert.match(style.body.toString(), /color-scheme: light dark/);
});

test("a refusal is logged once a kind, without tokens and cookies", async (t) => {
  const { ask, web, logIn, lines } = await startLab(t);
  const cookie = await logIn();
  const token = web.loginLink().url.split("token=")[1] ?? "";
  for (let time = 0; time < 3; time += 1) {
    await ask("/");
    await ask("/none", { Cookie: cookie });
    await ask("/login?token=wrong-token");
    await ask("/", { Host: `evil.example/${"x".repeat(5000)}` });
    await ask("/", { Cookie: cookie }, "POST");
    await ask(`/login?token=${token}`, { "Sec-Purpose": "prefetch" });
  }
  assert.deepEqual(
    lines.map(({ level, fields }) => [level, fields["refusal"]]),
    [
      ["info", "not-logged-in"],
      ["info", "no-such-page"],
      ["info", "used-link"],
      ["warn", "foreign-host"],
      ["warn", "method"],
      ["info", "prefetch"],
    ],
  );
  const text = JSON.stringify(lines);
  for (const secret of [token, cookie, cookie.split("=")[1] ?? "", "wrong-token"]) {
    assert.ok(!text.includes(secret));
  }
  assert.ok(text.length < 2000, "what others send is shortened");
});
