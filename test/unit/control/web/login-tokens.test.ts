import assert from "node:assert/strict";
import { test } from "node:test";
import { LoginTokens, TOKEN_LIFETIME_MS } from "../../../../agent/control/web/login-tokens.ts";

test("a token has 256 bits, and no two are the same", () => {
  const tokens = new LoginTokens();
  const texts = Array.from({ length: 20 }, () => tokens.make(0).text);
  assert.equal(new Set(texts).size, 20);
  for (const text of texts) assert.match(text, /^[\w-]{43}$/);
});

test("a token is taken once; looking at it does not use it up", () => {
  const tokens = new LoginTokens();
  const { text } = tokens.make(0);
  assert.equal(tokens.holds(text, 1), true);
  assert.equal(tokens.take(text, 1), true);
  assert.equal(tokens.holds(text, 1), false);
  assert.equal(tokens.take(text, 1), false);
});

test("a token is good for 15 minutes", () => {
  const tokens = new LoginTokens();
  const first = tokens.make(1000);
  assert.equal(first.expiresAtMs, 1000 + 15 * 60_000);
  assert.equal(tokens.take(first.text, first.expiresAtMs), false);
  const second = tokens.make(1000);
  assert.equal(tokens.take(second.text, second.expiresAtMs - 1), true);
});

test("what is no token is not taken", () => {
  const tokens = new LoginTokens();
  const { text } = tokens.make(0);
  const others = ["", text.slice(1), `${text}=`, text.toUpperCase(), "x".repeat(10_000), "\0"];
  for (const other of others) assert.equal(tokens.take(other, 1), false, other);
  assert.equal(tokens.take(text, 1), true);
});

test("the 21st makes the first one worthless, and no other", () => {
  const tokens = new LoginTokens();
  const texts = Array.from({ length: 21 }, () => tokens.make(0).text);
  assert.deepEqual(
    texts.map((text) => tokens.take(text, 1)),
    [false, ...Array.from({ length: 20 }, () => true)],
  );
});

test("tokens that are too old make room", () => {
  const tokens = new LoginTokens();
  const { text } = tokens.make(TOKEN_LIFETIME_MS);
  for (let made = 0; made < 19; made += 1) tokens.make(0);
  tokens.make(TOKEN_LIFETIME_MS);
  assert.equal(tokens.take(text, TOKEN_LIFETIME_MS), true);
});

test("after clear there is none", () => {
  const tokens = new LoginTokens();
  const { text } = tokens.make(0);
  tokens.clear();
  assert.equal(tokens.take(text, 1), false);
});
