import assert from "node:assert/strict";
import { test } from "node:test";
import { MidBook } from "../../../agent/daemon/mid-book.ts";

const HERE = { server: "dots.example.net:4646", cuid: "a" };
const MOVED = { ...HERE, server: "127.0.0.1:4647" };

test("one after the other, for each server and cuid", () => {
  const book = new MidBook([{ ...HERE, last: 7 }]);
  const next = book.next(HERE, true);
  assert.deepEqual(next, { ...HERE, last: 8 });
  assert.equal(book.next(HERE, true)?.last, 8, "what was not kept is not used up");
  if (next !== undefined) book.took(next);
  assert.equal(book.next(HERE, true)?.last, 9);
  assert.equal(book.next({ ...HERE, cuid: "b" }, true)?.last, 1);
  assert.equal(book.next(MOVED, true)?.last, 1);
});

test("above what the server holds", () => {
  const book = new MidBook([{ ...HERE, last: 7 }]);
  assert.equal(book.seen(HERE, 7), undefined);
  assert.deepEqual(book.seen(HERE, 12), { ...HERE, last: 12 });
});

test("a server that moves takes its sequence along", () => {
  const book = new MidBook([{ ...HERE, last: 7 }]);
  assert.deepEqual(book.moved(HERE, MOVED), { ...MOVED, last: 7 });
  assert.equal(book.moved(HERE, HERE), undefined);
  assert.equal(book.moved(MOVED, HERE), undefined);
});

test("used up while an attack lasts, begun again after", () => {
  const book = new MidBook([{ ...HERE, last: 0xffff_ffff }]);
  assert.equal(book.next(HERE, true), undefined);
  assert.equal(book.next(HERE, false)?.last, 0);
});
