/** Hostile datagrams into live DTLS endpoints, both roles, in every stage. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Packet } from "../../agent/net/simulated/packet.ts";
import { dtlsLab, echo, SERVER_ADDRESS, type DtlsLab } from "../support/dtls-lab.ts";
import { mutate, seeded } from "../support/seeded.ts";

const ROUNDS = 200;
const HOSTILE_PER_PACKET = 12;

/**
 * While a genuine session is set up and used, each genuine datagram is followed by hostile ones: mutations
 * of it and of earlier ones, from its own address and from others, in both directions.
 */
function harass(lab: DtlsLab, seed: number): { readonly sent: number } {
  const chance = seeded(seed);
  const seen: Uint8Array[] = [];
  const count = { sent: 0 };
  lab.network.trace = ({ packet, fate }) => {
    const { body } = packet;
    if (fate !== "delivered" || body.tag !== "udp") return;
    seen.push(body.data.slice());
    const receiver = packet.to.port === SERVER_ADDRESS.port ? lab.serverHost : lab.clientHost;
    for (let i = 0; i < HOSTILE_PER_PACKET; i += 1) {
      const data =
        chance.int(8) === 0 ? chance.bytes(chance.int(1500)) : mutate(chance.pick(seen), chance);
      const from =
        chance.int(2) === 0 ? packet.from : { ...packet.from, port: 1 + chance.int(65_535) };
      const forged: Packet = { ...packet, from, body: { tag: "udp", data } };
      count.sent += 1;
      lab.network.clock.after(chance.int(30), () => receiver.receive(forged));
    }
  };
  return count;
}

describe("a DTLS endpoint among hostile datagrams", () => {
  test(`${ROUNDS} sessions are harassed: nothing is thrown, none that stands falls`, async () => {
    let hostile = 0;
    let stood = 0;
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const lab = await dtlsLab(seed);
      const count = harass(lab, seed);
      // A forged handshake message may end a handshake, for nothing authenticates it; never the endpoint.
      const session = await lab.connect({ timeoutMs: 10_000 }).catch((fault: unknown) => {
        assert.doesNotMatch(String(fault), /internal fault/);
        return undefined;
      });
      if (session) {
        stood += 1;
        for (let i = 0; i < 5; i += 1)
          assert.equal(await echo(lab, session, `hello ${i}`), `hello ${i}`);
      }
      lab.network.trace = undefined;
      const other = await lab.connect();
      assert.equal(await echo(lab, other, "hello"), "hello", `seed ${seed}`);
      session?.close();
      other.close();
      // What a forger began has ended by itself.
      await lab.network.run({ for: 60_000 });
      assert.equal(lab.network.pending, 0, `seed ${seed}`);
      hostile += count.sent;
    }
    assert.ok(hostile > 20_000, `${hostile} hostile datagrams`);
    assert.ok(stood > ROUNDS / 4, `${stood} of ${ROUNDS} handshakes came through`);
  });
});
