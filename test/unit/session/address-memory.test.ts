import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../../../agent/net/ports.ts";
import { AddressMemory } from "../../../agent/session/address-memory.ts";

const MINUTE = 60_000;

function address(n: number): Address {
  return { family: 4, host: `198.51.100.${n}`, port: 4646 };
}

const [A, B, C] = [address(1), address(2), address(3)];

test("what worked comes first, what failed last, and the rest as the resolver gave it [RFC 9132 §4.3]", () => {
  const memory = new AddressMemory();
  memory.note(A, false, 0);
  memory.note(C, true, 0);
  assert.deepEqual(memory.inOrder([A, address(9), B, C], 1000), [C, address(9), B, A]);
});

test("the latest outcome counts", () => {
  const memory = new AddressMemory();
  memory.note(B, true, 0);
  memory.note(B, false, 1000);
  assert.deepEqual(memory.inOrder([B, A], 2000), [A, B]);
});

test("an outcome is forgotten after ten minutes [RFC 9132 §4.3]", () => {
  const memory = new AddressMemory();
  memory.note(B, true, 0);
  assert.deepEqual(memory.inOrder([A, B], 10 * MINUTE), [B, A]);
  assert.deepEqual(memory.inOrder([A, B], 10 * MINUTE + 1), [A, B]);
});

test("another port is another address", () => {
  const memory = new AddressMemory();
  const moved = { ...B, port: 4647 };
  memory.note(moved, true, 0);
  assert.deepEqual(memory.inOrder([A, B, moved], 0), [moved, A, B]);
});

test("a name whose addresses always change does not fill the memory", () => {
  const memory = new AddressMemory();
  memory.note(A, true, 0);
  for (let n = 2; n < 200; n += 1) memory.note(address(n), false, n);
  assert.deepEqual(memory.inOrder([B, A], 300), [B, A], "the oldest made room");
});
