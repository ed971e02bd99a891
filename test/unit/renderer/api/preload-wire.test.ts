import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlError } from "../../../../agent/control/control-error.ts";
import { ControlGone } from "../../../../agent/control/control-gone.ts";
import { DialError } from "../../../../renderer/api/agent-link.ts";
import { preloadWire, type PreloadBridge } from "../../../../renderer/api/preload-wire.ts";
import { aStatus } from "../../../support/control-samples.ts";

/** A preload whose calls all end like this. */
function bridge(call: () => Promise<unknown>): PreloadBridge {
  return { call: call as () => Promise<never>, on: () => () => {} };
}

const refusing = (fault: unknown) =>
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what crosses the bridge is a plain object
  preloadWire(bridge(() => Promise.reject(fault)));

test("a refusal is one again on this side", async () => {
  const fault = { reason: "bad-target", message: "no such address", hint: "look" };
  await assert.rejects(refusing(fault).api.call("target.list", {}), (error) => {
    assert.ok(error instanceof ControlError);
    assert.deepEqual([error.reason, error.message, error.hint], Object.values(fault));
    return true;
  });
});

for (const odd of [{ reason: "gone", message: "x" }, new Error("x"), "x", null, undefined]) {
  test(`whatever else is no agent: ${JSON.stringify(odd)}`, async () => {
    await assert.rejects(refusing(odd).api.call("target.list", {}), ControlGone);
    await assert.rejects(
      refusing(odd).dial(() => {}),
      DialError,
    );
  });
}

test("an agent that answers is there, even with a no", async () => {
  await preloadWire(bridge(() => Promise.resolve(aStatus()))).dial(() => {});
  await refusing({ reason: "busy", message: "" }).dial(() => {});
});

test("progress is told until nobody listens any more", async () => {
  const abort = new AbortController();
  const told: unknown[] = [];
  let tell: (value: never) => void = () => {};
  const wire = preloadWire({
    call: (_name, _input, onProgress) => {
      tell = onProgress ?? tell;
      return new Promise(() => {});
    },
    on: () => () => {},
  });
  const input = { provider: "Northline" };
  const options = { onProgress: (value: unknown) => told.push(value), signal: abort.signal };
  void wire.api.call("provider.test", input, options);
  tell("one" as never);
  abort.abort();
  tell("two" as never);
  assert.deepEqual(told, ["one"]);
});

test("a listener can be stopped", () => {
  let stopped = 0;
  const wire = preloadWire({
    call: () => new Promise(() => {}),
    on: () => () => (stopped += 1),
  });
  wire.api.on("agent.changed", () => {}).stop();
  assert.equal(stopped, 1);
});
