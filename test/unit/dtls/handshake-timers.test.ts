import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectDtls } from "../../../agent/dtls/client.ts";
import { maxDatagramOf } from "../../../agent/dtls/parameters.ts";
import { DtlsError } from "../../../agent/dtls/session.ts";
import { clients, servers } from "../../support/dtls-credentials.ts";
import { dtlsLab, SERVER_ADDRESS, type DtlsLab } from "../../support/dtls-lab.ts";

/** What IPv6 has more than the IPv4 of the lab: the rate counts it. */
const MORE_HEADER = 20;

/** Counts the datagrams that each side sends. */
function counted(lab: DtlsLab): { client: number; server: number } {
  const count = { client: 0, server: 0 };
  lab.network.trace = ({ fate, packet }) => {
    if (fate !== "sent") return;
    if (packet.to.port === SERVER_ADDRESS.port) count.client += 1;
    else count.server += 1;
  };
  return count;
}

describe("timers of the handshake, both ends", () => {
  for (const type of ["psk", "certificate", "raw-public-key"] as const) {
    const credentials = clients[type];
    const server = { credentials: servers[type] };

    test(`${type}: a path of 40 ms that loses nothing sees no repetition`, async () => {
      const lab = await dtlsLab(1, { server });
      const count = counted(lab);
      const session = await lab.connect({ credentials });
      await lab.network.run({ for: 3000 });
      assert.deepEqual(count, { client: 3, server: 3 });
      assert.deepEqual([session.handshakeMs, session.rttMs], [120, 40]);
    });

    test(`${type}: a satellite's 600 ms cost a few datagrams and no time`, async () => {
      const lab = await dtlsLab(1, { server, path: { delayMs: 300 } });
      const count = counted(lab);
      const session = await lab.connect({ credentials });
      await lab.network.run({ for: 10_000 });
      assert.equal(session.handshakeMs, 1800);
      assert.equal(session.rttMs, 600);
      assert.ok(count.client <= 5 && count.server <= 11, JSON.stringify(count));
    });
  }

  test("a path MTU of 576 carries a handshake with certificates", async () => {
    const parameters = { maxDatagram: maxDatagramOf(576, 4) };
    const path = { mtu: 576 };
    const lab = await dtlsLab(1, {
      path,
      server: { credentials: servers.certificate, parameters },
    });
    const session = await lab.connect({ credentials: clients.certificate, parameters });
    assert.equal(session.handshakeMs, 120);
    assert.ok(session.maxMessage < parameters.maxDatagram);
    assert.equal(lab.link.statistics.aToB.tooLarge + lab.link.statistics.bToA.tooLarge, 0);
  });

  test("a server that is gone hears 8 kbit/s at most, and ever less", async () => {
    const lab = await dtlsLab(1);
    lab.link.cut();
    const sent: { readonly at: number; readonly octets: number }[] = [];
    lab.network.trace = ({ at, fate, octets }) => {
      if (fate !== "delivered") sent.push({ at, octets: octets + MORE_HEADER });
    };
    const startedAt = lab.network.clock.now();
    await assert.rejects(lab.connect({ timeoutMs: 30_000 }), (error) => {
      return error instanceof DtlsError && error.code === "dtls/timeout";
    });
    let octets = 0;
    for (const datagram of sent) {
      assert.ok(octets <= datagram.at - startedAt, `${octets} before ${datagram.at - startedAt}`);
      octets += datagram.octets;
    }
    const late = sent.filter(({ at }) => at - startedAt > 20_000);
    assert.ok(late.length <= 5 && sent.length > 30, `${late.length} of ${sent.length}`);
  });

  test("three hundred clients at once are all served, on paths that lose a quarter", async () => {
    const lab = await dtlsLab(1, { path: { loss: 0.25 } });
    const hosts = Array.from({ length: 300 }, (_, i) =>
      lab.network.host([`10.${Math.floor(i / 200)}.${i % 200}.1`]),
    );
    const all = hosts.map((host) =>
      connectDtls(host, { to: SERVER_ADDRESS, credentials: clients.psk, timeoutMs: 10_000 }),
    );
    const sessions = await lab.network.settle(Promise.all(all), 10_000);
    assert.equal(sessions.length, 300);
    // Of the datagrams that a lossless handshake takes, three times as many at most.
    assert.ok(lab.server.statistics.datagrams < 3 * 3 * hosts.length);
    assert.equal(lab.server.statistics.turnedAway, 0);
  });
});
