import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ConnectOptions } from "../../../agent/dtls/client.ts";
import { DtlsError, type DtlsSession } from "../../../agent/dtls/session.ts";
import { MemorySessionStore } from "../../../agent/dtls/stored-session.ts";
import { clients, IDENTITY, servers } from "../../support/dtls-credentials.ts";
import { dtlsLab, echo, octetsOf, SERVER_ADDRESS, type DtlsLab } from "../../support/dtls-lab.ts";

const REQUEST = new TextEncoder().encode("help");

interface Asked {
  /** When data could be sent. */
  at?: number;
  session?: DtlsSession;
  closed?: string;
  readonly heard: string[];
}

/** A client that asks as soon as it may, and listens. */
function asking(lab: DtlsLab): {
  readonly asked: Asked;
  readonly options: Partial<ConnectOptions>;
} {
  const asked: Asked = { heard: [] };
  const onMaySend = (session: DtlsSession): void => {
    asked.at = lab.clientHost.clock.now();
    asked.session = session;
    session.listen({
      message: (data) => asked.heard.push(new TextDecoder().decode(data)),
      closed: (reason) => (asked.closed = reason.message),
    });
    session.send(REQUEST);
  };
  return { asked, options: { onMaySend } };
}

describe("data before the server's Finished [RFC 7918]", () => {
  for (const kind of ["psk", "certificate", "raw-public-key"] as const) {
    test(`${kind}: goes a round trip earlier, in the Finished's datagram, in the same session`, async () => {
      const lab = await dtlsLab(1, { server: { credentials: servers[kind] } });
      const { asked, options } = asking(lab);
      let datagrams = 0;
      lab.network.trace = ({ packet, fate }) => {
        if (fate === "delivered" && packet.to.port === SERVER_ADDRESS.port) datagrams += 1;
      };
      const session = await lab.connect({ credentials: clients[kind], ...options });
      assert.equal(asked.at, 80);
      assert.equal(session.handshakeMs, 120);
      assert.equal(session, asked.session);
      await lab.network.run({ for: 1 });
      assert.deepEqual(asked.heard, ["help"], "the answer comes with the server's Finished");
      assert.equal(datagrams, 3, "two ClientHellos, and the rest in one");
      assert.equal(await echo(lab, session, "hello"), "hello");
    });
  }

  test("not without forward secrecy", async () => {
    const lab = await dtlsLab(1);
    const { asked, options } = asking(lab);
    await lab.connect({ ...options, suites: ["TLS_PSK_WITH_AES_128_GCM_SHA256"] });
    assert.equal(asked.at, undefined);
  });

  test("not when a session goes on: the server's Finished comes first", async () => {
    const lab = await dtlsLab(1);
    const resumption = { store: new MemorySessionStore(), server: "the server" };
    await lab.connect({ resumption });
    const { asked, options } = asking(lab);
    const session = await lab.connect({ resumption, ...options });
    assert.equal(session.security.resumed, true);
    assert.equal(asked.at, undefined);
  });

  test("says of itself what is known so far", async () => {
    const lab = await dtlsLab(1);
    let seen: unknown;
    await lab.connect({
      onMaySend({ security, identity, handshakeMs, peer }) {
        seen = { cipher: security.cipher, identity, handshakeMs, peer };
      },
    });
    assert.deepEqual(seen, {
      cipher: "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256",
      identity: { type: "psk", identity: IDENTITY },
      handshakeMs: 0,
      peer: SERVER_ADDRESS,
    });
  });

  test("at 40 % loss each way what was sent has arrived when the session stands", async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const heard: string[] = [];
      const onSession = (session: DtlsSession): void =>
        session.listen({
          message: (data) => heard.push(new TextDecoder().decode(data)),
          closed: () => {},
        });
      const lab = await dtlsLab(seed, { path: { loss: 0.4 }, server: { onSession } });
      const { options } = asking(lab);
      await lab.connect({ ...options, timeoutMs: 59_000 });
      assert.ok(heard.length > 0, `seed ${seed}`);
      assert.deepEqual([...new Set(heard)], ["help"], `seed ${seed}`);
    }
  });

  test("what does not fit is told as ever", async () => {
    const lab = await dtlsLab(1);
    let fault: unknown;
    await lab.connect({
      onMaySend(session) {
        session.send(new Uint8Array(session.maxMessage));
        try {
          session.send(new Uint8Array(session.maxMessage + 1));
        } catch (error) {
          fault = error;
        }
      },
    });
    assert.ok(fault instanceof DtlsError && fault.code === "dtls/too-large");
  });
});

describe("nothing is believed before the server's Finished", () => {
  test("what overtakes it waits for it", async () => {
    const greeting = new TextEncoder().encode("welcome");
    const lab = await dtlsLab(1, { server: { onSession: (session) => session.send(greeting) } });
    const { asked, options } = asking(lab);
    const sizes: number[] = [];
    lab.network.trace = ({ packet, fate }) => {
      const toServer = packet.to.port === SERVER_ADDRESS.port;
      if (fate === "delivered" && toServer && asked.at !== undefined && sizes.length === 0) {
        lab.link.set({ bToA: { loss: 1 } });
      }
      if (fate === "lost" && !toServer) {
        sizes.push(octetsOf(packet).length); // the flight with the Finished; the greeting gets through
        lab.link.set({ bToA: { loss: 0 } });
      }
      if (fate === "delivered" && !toServer && sizes.length > 0) {
        queueMicrotask(() => asked.heard.push(asked.session?.handshakeMs === 0 ? "early" : "late"));
      }
    };
    const session = await lab.connect(options);
    await lab.network.run({ for: 1 });
    assert.equal(sizes.length, 1);
    assert.ok(session.handshakeMs > 120);
    assert.deepEqual(asked.heard, ["early", "welcome", "late"]);
  });

  test("a server with another key never reads it: the session is closed, the promise rejects", async () => {
    const lab = await dtlsLab(1, {
      server: { credentials: { pskOf: () => new TextEncoder().encode("another key") } },
    });
    const { asked, options } = asking(lab);
    await assert.rejects(lab.connect(options), { code: "dtls/authentication" });
    assert.match(asked.closed ?? "", /^the server refused this key/);
    assert.deepEqual(lab.log, [`refused ${IDENTITY}`]);
    assert.doesNotThrow(() => asked.session?.send(REQUEST));
    assert.deepEqual(asked.heard, []);
  });

  test("the server's Finished never comes: the session is closed when the time is over", async () => {
    const lab = await dtlsLab(1);
    const { asked, options } = asking(lab);
    lab.network.trace = ({ packet }) => {
      if (asked.at !== undefined && packet.to.port === SERVER_ADDRESS.port) {
        lab.link.set({ bToA: { loss: 1 } });
      }
    };
    await assert.rejects(lab.connect({ ...options, timeoutMs: 5000 }), {
      code: "dtls/proof-unanswered",
    });
    assert.match(asked.closed ?? "", /^the server fell silent/);
    assert.deepEqual(asked.heard, []);
  });

  test("closed before the handshake is done: the promise rejects, nothing is left behind", async () => {
    const lab = await dtlsLab(1);
    await assert.rejects(lab.connect({ onMaySend: (session) => session.close() }), {
      code: "dtls/closed",
    });
    await lab.network.run({ for: 60_000 });
    assert.equal(lab.network.pending, 0);
  });

  test("given up before the handshake is done: the session is closed, too", async () => {
    const lab = await dtlsLab(1);
    const stop = new AbortController();
    const { asked, options } = asking(lab);
    lab.clientHost.clock.after(100, () => stop.abort());
    await assert.rejects(lab.connect({ ...options, signal: stop.signal }), { code: "dtls/closed" });
    assert.equal(asked.closed, "given up");
  });
});
