/** A person waits for an answer, and the session in use is no longer what it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DotsClient } from "../../../agent/dots/client/client.ts";
import type { SignalResult } from "../../../agent/dots/client/signal-result.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { leftAfter, MINUTE, sessionLab, type SessionLab, type Watched } from "./session-lab.ts";

const SCOPE = { "target-prefix": ["203.0.113.1/32"], lifetime: 3600 };

/** Asks by whatever session there is, and again by each that takes its place, as the agent does. */
class Person {
  answeredAt: number | undefined;
  readonly #lab: SessionLab;

  constructor(lab: SessionLab, watched: Watched) {
    this.#lab = lab;
    const answer = this.#ask(watched.session.client);
    if (answer !== undefined) watched.session.hurry(answer);
  }

  again(client: DotsClient | undefined): void {
    void this.#ask(client)?.catch(() => undefined);
  }

  #ask(client: DotsClient | undefined): Promise<SignalResult> | undefined {
    const answer = client?.requestMitigation(1, SCOPE);
    answer?.then(
      () => (this.answeredAt ??= this.#lab.network.clock.now()),
      () => undefined,
    );
    return answer;
  }
}

function never(): void {
  // neither resolves nor rejects
}

/** A session that has been answered on, a while ago. */
async function standing(
  seed: number,
  options: { readonly delayMs?: number; readonly connectionId?: boolean } = {},
): Promise<readonly [SessionLab, Watched]> {
  const { delayMs = 20, connectionId = false } = options;
  const lab = await sessionLab(seed, { path: { delayMs }, connectionId });
  const watched = lab.open({ sessionName: "p1" }, { sessions: new MemorySessionStore() });
  assert.ok(await lab.reach(watched, "active", 10_000));
  await lab.network.run({ for: 5 * MINUTE });
  return [lab, watched];
}

/** As a NAT does that has forgotten a mapping. */
function rebind({ clientHost, provider }: SessionLab): void {
  const port = provider.accepted.at(-1)?.peer.port;
  assert.ok(port !== undefined);
  clientHost.rebind(port);
}

test("behind a NAT that gave it another port it is answered on a new session, in little time", async () => {
  const [lab, watched] = await standing(1);
  rebind(lab);
  const askedAt = lab.network.clock.now();
  const person = new Person(lab, watched);
  await lab.network.run({ until: () => watched.clients.length === 2, limit: MINUTE });
  assert.ok(lab.network.clock.now() - askedAt < 1500, "a new session stands");
  assert.equal(watched.session.view.security?.resumed, true);
  person.again(watched.session.client);
  await lab.network.run({ until: () => person.answeredAt !== undefined, limit: MINUTE });
  assert.ok((person.answeredAt ?? Infinity) - askedAt < 3000);
  assert.equal(lab.provider.accepted.length, 2);
  const unwell = watched.states.filter(({ at, state }) => at >= askedAt && state !== "active");
  assert.deepEqual(unwell, [], "nobody is alarmed");
  assert.equal(await leftAfter(lab, watched), 0);
});

test("with connection ids the session goes on, and nobody has to wait", async () => {
  const [lab, watched] = await standing(6, { connectionId: true });
  assert.equal(watched.session.view.security?.connectionId, true);
  rebind(lab);
  const askedAt = lab.network.clock.now();
  const person = new Person(lab, watched);
  await lab.network.run({ until: () => person.answeredAt !== undefined, limit: MINUTE });
  assert.ok((person.answeredAt ?? Infinity) - askedAt < 500);
  await lab.network.run({ for: 5 * MINUTE });
  assert.equal(lab.hellos.length, 1);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("an answer in time makes no new session", async () => {
  const [lab, watched] = await standing(2);
  const person = new Person(lab, watched);
  await lab.network.run({ for: 2 * MINUTE });
  assert.ok(person.answeredAt !== undefined);
  assert.equal(lab.hellos.length, 1);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("on a slow line more time is in time", async () => {
  const [lab, watched] = await standing(3, { delayMs: 400 });
  const person = new Person(lab, watched);
  await lab.network.run({ until: () => person.answeredAt !== undefined, limit: MINUTE });
  assert.equal(lab.hellos.length, 1, "an answer after 0.8 s is not late here");
  lab.link.set({ aToB: { delayMs: 20 }, bToA: { delayMs: 20 } });
  assert.equal(await leftAfter(lab, watched), 0);
});

test("a late answer on the session in use ends the try beside it", async () => {
  const lab = await sessionLab(4);
  let lookups = 0;
  const watched = lab.open(undefined, {
    resolve: (host, port) => {
      lookups += 1;
      return lookups === 1 ? lab.deps.resolve(host, port) : new Promise(never);
    },
  });
  assert.ok(await lab.reach(watched, "active", 1000));
  await lab.network.run({ for: 5000 });
  lab.link.cut();
  const person = new Person(lab, watched);
  await lab.network.run({ for: 750 });
  assert.equal(lookups, 2, "a try is under way");
  lab.link.mend();
  await lab.network.run({ until: () => person.answeredAt !== undefined, limit: MINUTE });
  assert.ok(person.answeredAt !== undefined);
  await lab.network.run({ for: 10 * MINUTE });
  assert.deepEqual([watched.clients.length, watched.session.view.state], [1, "active"]);
  assert.equal(await leftAfter(lab, watched), 0);
});

test("heartbeats that are missed lead to a new session by themselves", async () => {
  const [lab, watched] = await standing(5);
  rebind(lab);
  await lab.network.run({ until: () => watched.clients.length === 2, limit: 3 * MINUTE });
  assert.equal(watched.clients.length, 2);
  await lab.reach(watched, "active", MINUTE);
  assert.deepEqual(watched.told, ["up", "up"], "there is always one to ask by");
  assert.equal(await leftAfter(lab, watched), 0);
});
