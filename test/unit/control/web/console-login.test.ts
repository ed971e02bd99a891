import assert from "node:assert/strict";
import { test } from "node:test";
import { cookieOf, pathOf, startLab, type Headers } from "./lab.ts";

const DAY_MS = 24 * 3_600_000;

test("a link logs in, once", async (t) => {
  const { web, ask } = await startLab(t);
  const link = pathOf(web.loginLink().url);
  const first = await ask(link);
  assert.equal(first.status, 303);
  assert.equal(first.headers.get("location"), "/");
  assert.equal(first.headers.get("cache-control"), "no-store");
  assert.equal(first.headers.get("referrer-policy"), "no-referrer");
  assert.match(
    first.headers.get("set-cookie") ?? "",
    new RegExp(
      String.raw`^mayday_${web.port}=\d+\.[\w-]{43}; HttpOnly; SameSite=Strict; Path=/; Max-Age=2592000$`,
    ),
  );
  const page = await ask("/", { Cookie: cookieOf(first) });
  assert.equal(page.status, 200);
  assert.match(page.body.toString(), /<title>Mayday/);

  const second = await ask(link);
  assert.equal(second.status, 403);
  assert.equal(cookieOf(second), "");
  assert.match(
    second.body.toString(),
    /This link was used or is too old\. Ask for a new one: <code>mayday console<\/code>/,
  );
});

test("a link says until when it is good, and is not good after", async (t) => {
  const { web, ask, time } = await startLab(t);
  const late = web.loginLink();
  assert.equal(late.expiresAt, new Date(time.now + 15 * 60_000).toISOString());
  time.now += 15 * 60_000;
  assert.equal((await ask(pathOf(late.url))).status, 403);
  const inTime = web.loginLink();
  time.now += 15 * 60_000 - 1;
  assert.equal((await ask(pathOf(inTime.url))).status, 303);
});

test("a used link goes to the page for whoever is logged in, with no new login", async (t) => {
  const { web, ask } = await startLab(t);
  const link = pathOf(web.loginLink().url);
  const Cookie = cookieOf(await ask(link));
  for (const target of [link, "/login?token=wrong", "/login?token=", "/login"]) {
    const again = await ask(target, { Cookie });
    assert.deepEqual(
      [again.status, again.headers.get("location"), cookieOf(again)],
      [303, "/", ""],
      target,
    );
  }
});

const WRONG = [
  "/login",
  "/login?",
  "/login?token",
  "/login?token=",
  `/login?token=${"A".repeat(43)}`,
  `/login?token=${"A".repeat(8000)}`,
  "/login?token=%",
  "/login?token=%00",
  "/login?token=<script>alert(1)</script>",
  "/login?token=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
  "/login?<script>alert(1)</script>",
];

for (const target of WRONG) {
  test(`${target.slice(0, 60)} logs nobody in, and is not repeated`, async (t) => {
    const { ask } = await startLab(t);
    const reply = await ask(target);
    assert.equal(reply.status, 403);
    assert.equal(cookieOf(reply), "");
    assert.doesNotMatch(reply.body.toString(), /script|alert|AAA/);
  });
}

const AHEAD: ReadonlyArray<readonly [what: string, method: string, headers: Headers]> = [
  ["HEAD", "HEAD", {}],
  ["a prefetch", "GET", { "Sec-Purpose": "prefetch" }],
  ["a prerender", "GET", { "Sec-Purpose": "prefetch;prerender" }],
  ["an anonymous prefetch", "GET", { "Sec-Purpose": "prefetch;anonymous-client-ip" }],
  ["an older prefetch", "GET", { Purpose: "prefetch" }],
  ["Firefox's prefetch", "GET", { "X-Moz": "prefetch" }],
  ["another Host", "GET", { Host: "evil.example" }],
  ["POST", "POST", {}],
  ["a body", "GET", { "Content-Length": "5" }],
];

for (const [what, method, headers] of AHEAD) {
  test(`${what} does not use a link up`, async (t) => {
    const { web, ask } = await startLab(t);
    const link = pathOf(web.loginLink().url);
    assert.equal(cookieOf(await ask(link, headers, method)), "");
    assert.equal((await ask(link)).status, 303);
  });
}

test("what is fetched ahead is no success, so that no browser keeps it for the user's click", async (t) => {
  const { web, ask } = await startLab(t);
  const reply = await ask(pathOf(web.loginLink().url), { "Sec-Purpose": "prefetch" });
  assert.equal(reply.status, 503);
  assert.equal(reply.headers.get("cache-control"), "no-store");
});

test("HEAD says what GET would", async (t) => {
  const { web, ask, logIn } = await startLab(t);
  const link = pathOf(web.loginLink().url);
  assert.equal((await ask(link, {}, "HEAD")).status, 303);
  await ask(link);
  assert.equal((await ask(link, {}, "HEAD")).status, 403);
  assert.equal((await ask(link, { Cookie: await logIn() }, "HEAD")).status, 303);
});

test("a login is renewed when half of it is over", async (t) => {
  const { ask, logIn, time } = await startLab(t);
  const Cookie = await logIn();
  time.now += 14 * DAY_MS;
  assert.equal(cookieOf(await ask("/", { Cookie })), "");
  time.now += 2 * DAY_MS;
  const renewed = cookieOf(await ask("/", { Cookie }));
  assert.notEqual(renewed, "");
  time.now += 20 * DAY_MS;
  assert.equal((await ask("/", { Cookie })).status, 401);
  assert.equal((await ask("/", { Cookie: renewed })).status, 200);
});

test("what a browser keeps for ever carries no login", async (t) => {
  const { ask, logIn, time } = await startLab(t);
  const Cookie = await logIn();
  time.now += 20 * DAY_MS;
  assert.equal(cookieOf(await ask("/assets/index-B3x_8kQa.js", { Cookie })), "");
});

for (const target of ["/", "/index.html", "/assets/index-B3x_8kQa.js", "/none", "/control"]) {
  test(`${target} without a login says how to get one`, async (t) => {
    const { ask, web } = await startLab(t);
    for (const Cookie of [undefined, "", `mayday_${web.port}=1.${"A".repeat(43)}`]) {
      const reply = await ask(target, { Cookie });
      assert.equal(reply.status, 401);
      assert.equal(reply.headers.get("cache-control"), "no-store");
      assert.match(reply.body.toString(), /<code>mayday console<\/code>/);
      assert.doesNotMatch(reply.body.toString(), /<script|<style|style=/);
    }
  });
}

test("the login of one console is none at another with the same secret", async (t) => {
  const one = await startLab(t);
  const other = await startLab(t);
  const cookie = await one.logIn();
  assert.equal((await one.ask("/", { Cookie: cookie })).status, 200);
  const renamed = cookie.replace(String(one.web.port), String(other.web.port));
  for (const Cookie of [cookie, renamed]) {
    assert.equal((await other.ask("/", { Cookie })).status, 401);
  }
});
