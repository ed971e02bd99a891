import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as afterMicrotasks } from "node:timers/promises";
import { CoapError } from "../../../agent/coap/error.ts";
import { Gate } from "../../../agent/daemon/gate.ts";

test("a few at once, the others in their order", async () => {
  const gate = new Gate(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [1, 2, 3, 4].map((number) =>
    gate.through(() => {
      begun.push(number);
      return new Promise<number>((resolve) => {
        ends.push(() => resolve(number));
      });
    }),
  );
  await afterMicrotasks();
  assert.deepEqual(begun, [1, 2]);
  ends[1]?.();
  await afterMicrotasks();
  assert.deepEqual(begun, [1, 2, 3]);
  ends[0]?.();
  await afterMicrotasks();
  for (const end of ends) end();
  assert.deepEqual(await Promise.all(all), [1, 2, 3, 4]);
});

test("one that fails makes room", async () => {
  const gate = new Gate(1);
  await assert.rejects(
    gate.through(() => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(await gate.through(() => Promise.resolve(1)), 1);
});

test("closed: whoever waits is turned away, whoever is through goes on", async () => {
  const gate = new Gate(1);
  let end = (): void => undefined;
  const first = gate.through(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const second = gate.through(() => Promise.resolve());
  gate.close();
  const isClosed = (error: unknown): boolean =>
    error instanceof CoapError && error.code === "coap/closed";
  await assert.rejects(second, isClosed);
  await assert.rejects(
    gate.through(() => Promise.resolve()),
    isClosed,
  );
  end();
  await first;
});
