import assert from "node:assert/strict";
import { test } from "node:test";
import type { ControlApi } from "../../../../agent/control/handlers.ts";
import { AgentLink, DialError, type AgentWire } from "../../../../renderer/api/agent-link.ts";
import type { LostWhy } from "../../../../renderer/model/link-state.ts";
import { aStatus } from "../../../support/control-samples.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** A way to an agent that comes and goes as the test says. */
class Wire implements AgentWire {
  dials = 0;
  hangUps = 0;
  /** How a dial ends: "hangs" never does. */
  agent: "there" | "hangs" | LostWhy = "there";
  lose: (why: LostWhy) => void = () => {};
  readonly api: ControlApi = {
    call: () => (this.agent === "hangs" ? new Promise(() => {}) : this.#answer()),
    on: () => ({ stop: () => {} }),
  };

  async dial(lost: (why: LostWhy) => void): Promise<void> {
    this.dials += 1;
    this.lose = lost;
    if (this.agent === "hangs") await new Promise(() => {});
    else if (this.agent !== "there") throw new DialError(this.agent, "no");
  }

  hangUp(): void {
    this.hangUps += 1;
  }

  #answer(): Promise<never> {
    return Promise.resolve(aStatus() as never);
  }
}

async function met(agent: Wire["agent"] = "there") {
  const wire = new Wire();
  wire.agent = agent;
  const clock = new VirtualClock();
  const link = new AgentLink(wire, clock);
  link.start();
  await clock.advance(1);
  return { wire, clock, link, tag: () => link.state.value.tag };
}

test("finds an agent that is there", async () => {
  const { tag, wire } = await met();
  assert.equal(tag(), "up");
  assert.equal(wire.dials, 1);
});

test("finds one that comes later by itself", async () => {
  const { tag, wire, clock } = await met("no-agent");
  assert.equal(tag(), "lost");
  await clock.advance(60_000);
  assert.equal(tag(), "lost");
  wire.agent = "there";
  await clock.advance(2000);
  assert.equal(tag(), "up");
});

test("tells at once that the agent is gone, and is back within a second of its return", async () => {
  const { tag, wire, clock } = await met();
  wire.lose("no-agent");
  assert.equal(tag(), "lost");
  await clock.advance(250);
  assert.equal(tag(), "up");
});

test("an agent that hangs is lost, and found when it answers again", async () => {
  const { tag, wire, clock } = await met();
  wire.agent = "hangs";
  await clock.advance(15_100);
  assert.equal(tag(), "lost");
  assert.ok(wire.hangUps > 0);
  wire.agent = "there";
  await clock.advance(10_000);
  assert.equal(tag(), "up");
});

test("a dial that hangs is given up after five seconds", async () => {
  const { tag, clock } = await met("hangs");
  await clock.advance(4000);
  assert.equal(tag(), "connecting");
  await clock.advance(1100);
  assert.equal(tag(), "lost");
});

test("says why there is none", async () => {
  const { link } = await met("signed-out");
  const state = link.state.value;
  assert.equal(state.tag === "lost" && state.why, "signed-out");
});

test("does not dial twice at a time, nor too often", async () => {
  const { wire, clock } = await met("no-agent");
  await clock.advance(60_000);
  assert.ok(wire.dials > 25 && wire.dials < 40, String(wire.dials));
  assert.equal(clock.pending, 1);
});
