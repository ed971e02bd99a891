import assert from "node:assert/strict";
import { test } from "node:test";
import { LOGIN_LIFETIME_MS, LoginCookie } from "../../../../agent/control/web/login-cookie.ts";

const NOW = Date.UTC(2030, 0, 1);
const SECRET = new Uint8Array(32).fill(1);
const OTHER_SECRET = new Uint8Array(32).fill(2);
const cookie = new LoginCookie(SECRET, 4680);
const issued = cookie.issue(NOW);
const pair = issued.split(";")[0] ?? "";
const [expiry = "", mac = ""] = pair.replace("mayday_4680=", "").split(".");

test("scripts cannot read it, other sites cannot send it, and it lasts 30 days", () =>
  assert.match(
    issued,
    /^mayday_4680=\d+\.[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=2592000$/,
  ));

test("it is good until its end, and not longer", () => {
  assert.equal(cookie.leftMs(pair, NOW), LOGIN_LIFETIME_MS);
  assert.equal(cookie.leftMs(pair, NOW + LOGIN_LIFETIME_MS - 1), 1);
  assert.equal(cookie.leftMs(pair, NOW + LOGIN_LIFETIME_MS), 0);
  assert.equal(cookie.leftMs(pair, NOW + LOGIN_LIFETIME_MS + 1), 0);
});

test("the same secret and port know it again", () =>
  assert.ok(new LoginCookie(SECRET.slice(), 4680).leftMs(pair, NOW) > 0));

const later = Number(expiry) + 1;
const NO_LOGINS: ReadonlyArray<readonly [what: string, header: string | undefined]> = [
  ["no header", undefined],
  ["an empty header", ""],
  ["another cookie", "session=1"],
  ["the name alone", "mayday_4680="],
  ["a name that begins alike", `x${pair}`],
  ["a later end", `mayday_4680=${later}.${mac}`],
  ["a shorter code", pair.slice(0, -1)],
  ["a longer code", `${pair}A`],
  ["another code", `mayday_4680=${expiry}.${"A".repeat(43)}`],
  ["no code", `mayday_4680=${expiry}.`],
  ["an end that is no number", `mayday_4680=1e9.${mac}`],
  ["an end beyond numbers", `mayday_4680=${"9".repeat(400)}.${mac}`],
  ["the cookie of another port", new LoginCookie(SECRET, 4681).issue(NOW)],
  [
    "the cookie of another port, renamed",
    new LoginCookie(SECRET, 4681).issue(NOW).replace("mayday_4681", "mayday_4680"),
  ],
  ["the cookie of another secret", new LoginCookie(OTHER_SECRET, 4680).issue(NOW)],
  ["quotes around it", `mayday_4680="${expiry}.${mac}"`],
];

for (const [what, header] of NO_LOGINS) {
  test(`${what} is no login`, () => assert.equal(cookie.leftMs(header, NOW), 0));
}

test("it is found among other cookies, and a junk one of its name does no harm", () => {
  for (const header of [
    `a=1; ${pair}; b=2`,
    `mayday_4680=junk; ${pair}`,
    `${pair};mayday_4680=`,
    `mayday_4681=1.2;${pair}`,
  ]) {
    assert.equal(cookie.leftMs(header, NOW), LOGIN_LIFETIME_MS, header);
  }
});
